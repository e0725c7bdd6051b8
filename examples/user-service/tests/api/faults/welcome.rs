//! More new users than can be welcomed.

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    PATIENCE, TestDatabase, collector::Collector, exposition::value, send, service::Service,
};

#[tokio::test]
async fn a_full_queue_costs_the_welcome_and_not_the_request() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    settings.push(("WORKER_COUNT", "1".to_owned()));
    settings.push(("WORKER_QUEUE_CAPACITY", "1".to_owned()));
    // On one processor there would be one thread, which runs each job before the next request.
    settings.push(("TOKIO_WORKER_THREADS", "4".to_owned()));
    let service = Service::start(&database, &settings).await;
    let rejected = r#"worker_pool_jobs_total{worker_pool_name="users",worker_job_name="welcome",worker_job_outcome="rejected"}"#;

    // A job is quick: it takes users that are created at the same moment to find the queue full.
    let overflow = async {
        for round in 0.. {
            let create = |user| send(service.create(&format!("user-{round}-{user}@example.com")));
            for answer in join_all((0..32).map(create)).await {
                assert_eq!(answer.status, 201, "{answer:?}");
            }
            if value(&service.admin("/metrics").await.body, rejected) > 0.0 {
                break;
            }
        }
    };
    timeout(PATIENCE, overflow).await.expect("the queue gets full");
    let counted = value(&service.admin("/metrics").await.body, rejected);
    let ended = service.stop().await;

    let lines = ended.lines("no welcome");
    assert_eq!(json!(lines.len()).as_f64(), Some(counted), "{ended:#?}");
    let spans = collector.spans();
    for line in lines {
        assert_eq!(line["level"], "WARN");
        assert!(line["exception.type"].as_str().unwrap().contains("Rejected"), "{line}");
        let of_request = |name: &str| {
            spans.iter().find(|span| span.name == name && line["trace_id"] == span.trace_id)
        };
        let request = of_request("POST /users").expect("the line names the trace of the request");
        assert_eq!(request.attributes["worker.job.outcome"], "rejected", "{request:#?}");
        assert_eq!(request.attributes["http.response.status_code"], 201, "{request:#?}");
        assert!(of_request("worker.job welcome").is_none(), "the job ran");
    }
}
