use serde_json::json;

use crate::support::{ConnectOptions, PoolOptions, TestApp};

#[sqlx::test]
async fn a_service_with_its_database_is_healthy(_: PoolOptions, options: ConnectOptions) {
    let app = TestApp::start(options).await;

    let answer = app.get("/health").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "status": "ok" }));
    app.stop().await;
}
