//! The ports of services.

use clap::Args;

/// The port of each service; 0 stands for any free port.
#[derive(Clone, Debug, Args)]
pub struct PortOptions {
    /// The port of the web page
    #[arg(long, value_name = "PORT", default_value_t = 3000, help_heading = "Ports")]
    pub web_port: u16,

    /// The port of the first WebSocket API
    #[arg(long, value_name = "PORT", default_value_t = 3001, help_heading = "Ports")]
    pub websocket_port: u16,

    /// The port of the first HTTP API
    #[arg(long, value_name = "PORT", default_value_t = 3002, help_heading = "Ports")]
    pub http_port: u16,

    /// The port of the Lambda Invoke API
    #[arg(long, value_name = "PORT", default_value_t = 9001, help_heading = "Ports")]
    pub lambda_port: u16,

    /// The port of the embedded DynamoDB
    #[arg(long, value_name = "PORT", default_value_t = 8000, help_heading = "Ports")]
    pub dynamodb_port: u16,
}
