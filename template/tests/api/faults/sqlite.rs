//! A database file that cannot be written.

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use sqlx::ConnectOptions as _;
use tokio::process::Command;

use crate::support::{
    BINARY, SAMPLED, TRACE_ID, TestDatabase, collector::Collector, lock_users, send,
    service::Service,
};

/// Has no file grow beyond 512 blocks of 512 bytes, and lets the program survive the attempt.
const CONFINED: &str = "trap '' XFSZ; ulimit -f 512; exec \"$0\"";

/// Makes `SQLite` believe that it has given out all ids.
const EXHAUST: &str = "UPDATE sqlite_sequence SET seq = 9223372036854775807";

/// Asks for a user while none can be written, and checks everything that tells of it.
///
/// `recover` lets users be written again.
async fn cannot_write(
    service: Service,
    collector: &Collector,
    code: &str,
    recover: impl AsyncFnOnce(),
) {
    let refused = send(service.create("ada@example.com").header("traceparent", SAMPLED)).await;
    let read = send(service.get("/users")).await;
    let metrics = service.admin("/metrics").await.body;
    recover().await;
    let again = send(service.create("ada@example.com")).await;
    let ended = service.stop().await;

    let problem = refused.problem(503);
    assert_eq!(problem["detail"], "The service is not available at the moment.");
    assert_eq!(problem["trace_id"], TRACE_ID);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(read.status, 200, "{read:?}");
    assert_eq!(again.status, 201, "{again:?}");
    let errors = ended.log.iter().filter(|line| line["trace_id"] == TRACE_ID);
    let errors: Vec<_> = errors.filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{ended:#?}");
    assert!(errors[0]["exception.message"].is_string(), "{ended:#?}");
    let spans = collector.spans();
    for (name, error) in [("INSERT users", code), ("POST /users", "503")] {
        let of_request =
            |name: &str| spans.iter().find(|span| span.name == name && span.trace_id == TRACE_ID);
        let span = of_request(name).expect("the request is traced");
        assert_eq!(span.status, StatusCode::Error, "{span:#?}");
        assert_eq!(span.attributes["error.type"], error, "{span:#?}");
    }
    let labels = format!(r#"db_response_status_code="{code}",error_type="{code}",le="+Inf"}}"#);
    assert!(metrics.contains(&labels), "{labels} is not in {metrics}");
}

#[tokio::test]
async fn a_locked_database_is_503_until_it_is_unlocked() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    let lock = lock_users(&database).await;

    let unlock = async || sqlx::Connection::close(lock).await.unwrap();

    cannot_write(service, &collector, "5", unlock).await;
}

/// The system refuses to write, as it does on a full disk; only the error has another name.
#[tokio::test]
async fn a_disk_that_takes_no_more_is_503_until_there_is_room() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut confined = Command::new("/bin/sh");
    confined.args(["-c", CONFINED, BINARY]);
    let service = Service::run(confined, &database, &collector.settings("grpc")).await;
    let mut users = 0;
    while send(service.create(&format!("user-{users}@example.com"))).await.status == 201 {
        users += 1;
        assert!(users < 10_000, "the file grows on");
    }

    let make_room = async || {
        let mut connection = database.connect().await.unwrap();
        let truncate = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)");
        truncate.execute(&mut connection).await.unwrap();
    };

    cannot_write(service, &collector, "778", make_room).await;
}

/// `SQLite` reports ids that have run out as it does a full disk.
#[tokio::test]
async fn a_full_database_is_503_until_there_is_room() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    assert_eq!(send(service.create("grace@example.com")).await.status, 201);
    let mut connection = database.connect().await.unwrap();
    sqlx::raw_sql(EXHAUST).execute(&mut connection).await.unwrap();

    let make_room = async || {
        let one_is_used = "UPDATE sqlite_sequence SET seq = 1";
        sqlx::raw_sql(one_is_used).execute(&mut connection).await.unwrap();
    };

    cannot_write(service, &collector, "13", make_room).await;
}
