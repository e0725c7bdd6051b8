//! A log that nobody reads any more.

use crate::support::{TestDatabase, send, service::Service};

#[tokio::test]
async fn lines_that_cannot_be_written_are_counted_and_fail_no_request() {
    let database = TestDatabase::create();
    // Where a statement takes long, sqlx says so: a line more.
    let mut service = Service::start(&database, &[("RUST_LOG", "info,sqlx=off")]).await;

    service.stop_reading();
    for _ in 0..3 {
        assert_eq!(send(service.get("/users")).await.status, 200);
    }

    service.metrics_until("\nlog_lines_dropped_total 3\n").await;
    service.stop().await;
}
