//! Addresses inside of networks are not called, whatever they are written as.

use domain::webhook_endpoint::AttemptOutcome;
use providers::webhook_sender::{Reach, SenderLimits, SignedMessage, WebhookSender};

#[tokio::test]
async fn nobody_inside_is_called() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sender = WebhookSender::new(Reach::OpenInternet, SenderLimits::default()).unwrap();
    let message = SignedMessage {
        id: "msg_1".to_owned(),
        timestamp: 1,
        signature: "v1,".to_owned(),
        body: "{}".to_owned(),
    };
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "localhost", "0"]
    {
        let posted = sender.post(&format!("https://{host}:{port}/"), &message).await;
        assert_eq!(posted.outcome, AttemptOutcome::PrivateAddress, "{host}");
    }
    let connected = tokio::time::timeout(std::time::Duration::from_millis(100), listener.accept());
    assert!(connected.await.is_err(), "nobody knocked");
}
