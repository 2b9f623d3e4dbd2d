//! A stack whose tables exist and whose functions are built.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use crate::dynamodb;
use local_core::failure::Failure;
use local_lambda::Program;
use local_lambda::watch;

use super::bind::BoundStack;
use super::inputs;
use super::services::Services;

/// A bound stack with what its functions run.
pub(super) struct BuiltStack<'o> {
    pub(super) bound: BoundStack<'o>,
    /// What starts each function.
    pub(super) programs: BTreeMap<String, Program>,
    /// Sources that change after this time are built again.
    pub(super) built_from: SystemTime,
    /// How long the builds took that nothing else was waiting for.
    pub(super) building: Duration,
}

impl<'o> BoundStack<'o> {
    /// Starts the database, creates the tables, and builds the functions at the same time. From now on
    /// the watcher reports changes of sources, if they restart functions.
    ///
    /// # Errors
    /// The database does not start, a table cannot be created, or a build fails.
    pub(super) async fn build(mut self, services: &mut Services) -> Result<BuiltStack<'o>, Failure> {
        let (options, reporter) = (self.options, self.reporter);
        if self.watches {
            let changes = watch::report_changes(inputs::files(options), reporter.clone(), services.shutdown());
            services.run("watcher", changes);
        }
        if let Some(listener) = self.ports.dynamodb.take() {
            let server =
                dynamodb::serve(listener, options.data.clone(), &self.faults, reporter.clone(), services.shutdown());
            let server = server.await?;
            services.own("DynamoDB", server);
        }
        let built_from = SystemTime::now();
        let tables = async {
            let created = dynamodb::create_tables(&self.endpoints.dynamodb, &self.template.tables).await;
            created.map_err(|failure| self.template.hide(&failure))?;
            Ok(Instant::now())
        };
        let programs = async { Ok((self.functions.programs(services).await?, Instant::now())) };
        let (tables_created, (programs, built)) = tokio::try_join!(tables, programs)?;
        let building = built.saturating_duration_since(tables_created);
        Ok(BuiltStack { bound: self, programs, built_from, building })
    }
}
