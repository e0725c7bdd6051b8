use serde_json::json;
use tokio::time::timeout;

use crate::support::{PATIENCE, TestApp};

#[tokio::test]
async fn a_service_with_its_database_is_healthy() {
    let app = TestApp::start().await;

    let answer = app.get("/health").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "status": "ok" }));
    app.stop().await;
}

#[tokio::test]
async fn a_service_that_gets_no_connection_is_not_healthy() {
    let flags = ["--database-max-connections=1", "--database-acquire-timeout=1s"];
    let app = TestApp::start_with(&flags).await;
    let lock = app.lock_users().await;
    let user = json!({ "name": "Ada Lovelace", "email": "ada@example.com" });
    // Each writer waits for the lock while it holds the only connection, and then the next one.
    let write = async || while app.post("/users", &user).await.status != 201 {};
    let check = async || loop {
        let answer = app.get("/health").await;
        if answer.status != 200 {
            break answer;
        }
    };

    let answer = tokio::select! {
        answer = timeout(PATIENCE, check()) => answer.expect("the check fails"),
        _ = async { tokio::join!(write(), write(), write()) } => panic!("the lock does not hold"),
    };

    answer.problem(503);
    assert_eq!(answer.header("retry-after"), "1");
    drop(lock);
    app.stop().await;
}
