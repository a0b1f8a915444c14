//! Serves a sandbox on 127.0.0.1: `cargo run -p sandbox --example serve -- 4242 http://127.0.0.1:3000/webhooks/komoju`.

use sandbox::{Sandbox, SandboxSettings};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().unwrap_or_else(|| "4242".to_owned());
    let settings = SandboxSettings {
        base_url: format!("http://127.0.0.1:{port}"),
        webhook_url: arguments.next(),
        journal: arguments.next().map(Into::into),
        ..SandboxSettings::default()
    };
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let stopped = async {
        // Without a signal to wait for, it serves until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Sandbox::open(settings)?.serve(listener, stopped).await
}
