//! How often the routes of a stage may be used: `DefaultRouteSettings` and `RouteSettings`.

use std::collections::BTreeMap;

use crate::evaluation::Node;
use crate::model::Throttle;
use crate::problem::Problem;

/// Requests a second where only the burst is limited (API Gateway quotas, account-level throttling in every region).
const ACCOUNT_RATE: f64 = 10_000.0;
/// Requests at once where only the rate is limited (the same page).
const ACCOUNT_BURST: u32 = 5_000;

/// The limits of a stage.
#[derive(Debug, Default)]
pub(super) struct Throttles {
    default: Limits,
    routes: BTreeMap<String, Limits>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    rate: Option<f64>,
    burst: Option<u32>,
}

impl Throttles {
    /// Reads them from a stage, or from a SAM API, which is its own stage.
    pub(super) fn of(stage: &Node<'_>) -> Result<Self, Problem> {
        let default = stage.get("DefaultRouteSettings")?.map_or(Ok(Limits::default()), |node| limits(&node))?;
        let mut routes = BTreeMap::new();
        if let Some(settings) = stage.get("RouteSettings")? {
            for key in settings.keys()? {
                if let Some(node) = settings.get(&key)? {
                    routes.insert(key, limits(&node)?);
                }
            }
        }
        Ok(Self { default, routes })
    }

    /// The limits of a route. What its own settings leave open, the default's say.
    pub(super) fn of_route(&self, key: &str) -> Option<Throttle> {
        let own = self.routes.get(key).copied().unwrap_or_default();
        let (rate, burst) = (own.rate.or(self.default.rate), own.burst.or(self.default.burst));
        if rate.is_none() && burst.is_none() {
            return None;
        }
        Some(Throttle { rate: rate.unwrap_or(ACCOUNT_RATE), burst: burst.unwrap_or(ACCOUNT_BURST) })
    }

    /// Names settings for routes that do not exist: API Gateway refuses to make such a stage.
    pub(super) fn warn_about_strays<'k>(
        &self,
        api: &str,
        keys: impl Iterator<Item = &'k String> + Clone,
        warnings: &mut Vec<String>,
    ) {
        for key in self.routes.keys().filter(|key| !keys.clone().any(|known| known == *key)) {
            warnings.push(format!("`RouteSettings` of `{api}` name the route `{key}`, which is not served"));
        }
    }
}

fn limits(settings: &Node<'_>) -> Result<Limits, Problem> {
    let burst = settings.get("ThrottlingBurstLimit")?.map(|node| node.integer(0..=u64::from(u32::MAX))).transpose()?;
    Ok(Limits {
        rate: settings.get("ThrottlingRateLimit")?.map(|node| node.number()).transpose()?,
        burst: burst.and_then(|burst| u32::try_from(burst).ok()),
    })
}
