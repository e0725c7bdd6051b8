//! The gRPC API as its clients, load balancers and operators see it.

use std::{net::TcpListener, time::Duration};

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use prost::Message as _;
use prost_types::FileDescriptorProto;
use serde_json::json;
use tokio::{io::AsyncReadExt as _, net::TcpStream, sync::mpsc};
use tonic::{
    Code, Request, Status, Streaming,
    client::Grpc,
    codegen::{
        http::uri::PathAndQuery,
        tokio_stream::{self, wrappers::ReceiverStream},
    },
    metadata::MetadataMap,
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::support::{
    TestDatabase,
    collector::Collector,
    exposition::{labels, series},
    grpc::{
        Users, ada, create,
        proto::{
            CreateUserRequest, DeleteUserRequest, GetUserRequest, ListUsersRequest,
            UpdateUserRequest,
        },
        wrong_fields,
    },
    lock_users, run, send,
    service::Service,
};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID: &str = "00f067aa0ba902b7";
const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

const STOPPING: &str = "stopping; a second signal ends the service at once";

/// How often calls to `CreateUser` ended with a status, as the metrics have it.
fn created(status: &str, count: u32) -> String {
    let method = "user.v1.UserService/CreateUser";
    let error = if status == "CANCELLED" { "" } else { &format!(",error_type=\"{status}\"") };
    let labels = format!("rpc_method=\"{method}\",rpc_response_status_code=\"{status}\"{error}");
    labels + ",le=\"+Inf\"} " + &count.to_string()
}

fn traced<T>(message: T, traceparent: &'static str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    request
}

fn traceresponse(metadata: &MetadataMap) -> &str {
    metadata.get("traceresponse").unwrap().to_str().unwrap()
}

async fn get(users: &mut Users, id: i64) -> Result<String, Status> {
    let response = users.get_user(GetUserRequest { id }).await?;
    Ok(response.into_inner().user.unwrap().name)
}

async fn health(service: &Service, name: &str) -> Result<ServingStatus, Status> {
    let mut health = HealthClient::new(service.channel().await);
    let response = health.check(HealthCheckRequest { service: name.to_owned() }).await?;
    Ok(response.into_inner().status())
}

/// Waits for a status: the health is passed on a moment after the readiness has changed.
async fn until_status(statuses: &mut Streaming<HealthCheckResponse>, status: ServingStatus) {
    while statuses.message().await.unwrap().expect("the health is told on").status() != status {}
}

#[tokio::test]
async fn a_user_can_be_created_read_replaced_and_deleted() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;

    let user = create(&mut users, "Ada@example.com").await;
    assert_eq!((user.name.as_str(), user.email.as_str()), ("Ada Lovelace", "Ada@example.com"));
    assert!(user.created_at.is_some_and(|time| time.seconds > 1_700_000_000));
    assert_eq!(user.created_at, user.updated_at);

    let request = GetUserRequest { id: user.id };
    let read = users.get_user(request).await.unwrap().into_inner();
    assert_eq!(read.user.as_ref(), Some(&user));

    let request = UpdateUserRequest {
        id: user.id,
        name: "  Augusta Ada King ".to_owned(),
        email: "king@example.com".to_owned(),
    };
    let replaced = users.update_user(request).await.unwrap().into_inner().user.unwrap();
    assert_eq!(replaced.name, "Augusta Ada King");
    assert_eq!(replaced.email, "king@example.com");
    assert_eq!((replaced.id, replaced.created_at), (user.id, user.created_at));
    assert_ne!(replaced.updated_at, user.updated_at);

    users.delete_user(DeleteUserRequest { id: user.id }).await.unwrap();
    assert_eq!(get(&mut users, user.id).await.unwrap_err().code(), Code::NotFound);
    service.stop().await;
}

#[tokio::test]
async fn both_apis_have_the_same_users() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;

    let user = create(&mut users, "ada@example.com").await;
    let answer = send(service.get(&format!("/users/{}", user.id))).await;

    assert_eq!(answer.json()["email"], "ada@example.com");
    assert_eq!(send(service.create("ADA@example.com")).await.status, 409);
    service.stop().await;
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;
    for number in 0..5 {
        create(&mut users, &format!("{number}@example.com")).await;
    }

    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let request = ListUsersRequest { limit: Some(2), after };
        let page = users.list_users(request).await.unwrap().into_inner();
        assert!(page.users.len() <= 2);
        seen.extend(page.users.into_iter().map(|user| user.email));
        after = page.next;
        if after.is_none() {
            break;
        }
    }

    assert_eq!(seen, [0, 1, 2, 3, 4].map(|number| format!("{number}@example.com")));
    let whole = users.list_users(ListUsersRequest::default()).await.unwrap().into_inner();
    assert_eq!((whole.users.len(), whole.next), (5, None));
    service.stop().await;
}

#[tokio::test]
async fn every_field_that_is_not_acceptable_is_named() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;

    let empty = users.create_user(CreateUserRequest::default()).await.unwrap_err();
    assert_eq!(wrong_fields(&empty), ["name", "email"]);
    let email = users.create_user(ada("ada")).await.unwrap_err();
    assert_eq!(wrong_fields(&email), ["email"]);
    let update = users.update_user(UpdateUserRequest::default()).await.unwrap_err();
    assert_eq!(wrong_fields(&update), ["id", "name", "email"]);
    let list = ListUsersRequest { limit: Some(101), after: Some(0) };
    assert_eq!(wrong_fields(&users.list_users(list).await.unwrap_err()), ["limit", "after"]);
    for id in [0, -1, i64::MIN] {
        let status = users.get_user(GetUserRequest { id }).await.unwrap_err();
        assert_eq!(wrong_fields(&status), ["id"]);
        let status = users.delete_user(DeleteUserRequest { id }).await.unwrap_err();
        assert_eq!(wrong_fields(&status), ["id"]);
    }
    service.stop().await;
}

#[tokio::test]
async fn nobody_is_found_under_an_unknown_id() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;
    let CreateUserRequest { name, email } = ada("ada@example.com");

    for status in [
        users.get_user(GetUserRequest { id: 1 }).await.unwrap_err(),
        users.update_user(UpdateUserRequest { id: 1, name, email }).await.unwrap_err(),
        users.delete_user(DeleteUserRequest { id: 1 }).await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.message(), "There is no user with the id 1.");
    }
    service.stop().await;
}

#[tokio::test]
async fn an_email_address_is_taken_once() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;
    create(&mut users, "ada@example.com").await;
    let id = create(&mut users, "grace@example.com").await.id;
    let CreateUserRequest { name, email } = ada("ADA@example.com");

    let again = users.create_user(ada("ADA@example.com")).await.unwrap_err();
    let moved = users.update_user(UpdateUserRequest { id, name, email }).await.unwrap_err();

    assert_eq!([again.code(), moved.code()], [Code::AlreadyExists; 2]);
    service.stop().await;
}

#[tokio::test]
async fn a_failing_statement_is_internal_and_tells_nothing() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;
    let mut connection = sqlx::ConnectOptions::connect(&*database).await.unwrap();
    sqlx::raw_sql("DROP TABLE users").execute(&mut connection).await.unwrap();

    let status = users.create_user(ada("ada@example.com")).await.unwrap_err();
    let ended = service.stop().await;

    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.message(), "The service failed to answer the call.");
    assert!(status.details().is_empty());
    assert_eq!(ended.lines("request failed").len(), 1, "{ended:#?}");
}

#[tokio::test]
async fn a_call_beyond_its_deadline_is_given_up() {
    let database = TestDatabase::create();
    for limit in ["GRPC_REQUEST_TIMEOUT", "DATABASE_QUERY_TIMEOUT"] {
        let collector = Collector::start().await;
        let mut settings: Vec<_> = collector.settings("grpc").into();
        settings.push((limit, "100ms".to_owned()));
        let service = Service::start(&database, &settings).await;
        let mut users = service.users().await;
        let lock = lock_users(&database).await;

        let status = users.create_user(ada("ada@example.com")).await.unwrap_err();
        drop(lock);
        service.metrics_until(&created("DEADLINE_EXCEEDED", 1)).await;
        let ended = service.stop().await;

        assert_eq!(status.code(), Code::DeadlineExceeded, "{limit}");
        assert_eq!(collector.span("INSERT users").attributes["error.type"], "timeout");
        let span = collector.span("user.v1.UserService/CreateUser");
        assert_eq!(span.status, StatusCode::Error);
        assert_eq!(span.attributes["error.type"], "DEADLINE_EXCEEDED");
        assert_eq!(span.attributes["rpc.response.status_code"], "DEADLINE_EXCEEDED");
        assert_eq!(ended.lines("request failed").len(), 1, "{ended:#?}");
    }
}

#[tokio::test]
async fn a_call_without_a_connection_to_the_database_is_unavailable() {
    let database = TestDatabase::create();
    let settings = [("DATABASE_MAX_CONNECTIONS", "1"), ("DATABASE_ACQUIRE_TIMEOUT", "500ms")];
    let service = Service::start(&database, &settings).await;
    let lock = lock_users(&database).await;
    let call = async |email: &str| service.users().await.create_user(ada(email)).await;

    // The one that holds the only connection waits for the lock, the other one for the connection.
    let status = tokio::select! {
        one = call("ada@example.com") => one.unwrap_err(),
        other = call("grace@example.com") => other.unwrap_err(),
    };

    assert_eq!(status.code(), Code::Unavailable);
    drop(lock);
    service.stop().await;
}

#[tokio::test]
async fn a_call_too_many_is_refused_but_the_health_can_be_asked() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("GRPC_MAX_CALLS", "1")]).await;
    let mut users = service.users().await;
    let mut others = users.clone();
    let lock = lock_users(&database).await;
    let call = tokio::spawn(async move { users.create_user(ada("ada@example.com")).await });
    service.metrics_until(r#"db_client_connection_state="used"} 1"#).await;

    let refused = get(&mut others, 1).await.unwrap_err();

    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(health(&service, "").await.unwrap(), ServingStatus::Serving);
    drop(lock);
    call.await.unwrap().unwrap();
    assert_eq!(get(&mut others, 1).await.unwrap(), "Ada Lovelace");
    service.stop().await;
}

#[tokio::test]
async fn a_stream_is_a_call_until_it_ends() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("GRPC_MAX_CALLS", "1")]).await;
    let mut users = service.users().await;
    let mut reflection = ServerReflectionClient::new(service.channel().await);
    let (questions, stream) = mpsc::channel(1);
    let stream = reflection.server_reflection_info(ReceiverStream::new(stream)).await.unwrap();

    let refused = get(&mut users, 1).await.unwrap_err();
    drop(questions);
    let rest = stream.into_inner().message().await.unwrap();
    let answered = get(&mut users, 1).await.unwrap_err();

    assert_eq!((refused.code(), rest), (Code::Unavailable, None));
    assert_eq!(answered.code(), Code::NotFound);
    service.stop().await;
}

#[test]
fn too_many_calls_are_a_mistake() {
    let output = run(&["--grpc-max-calls=1000001"], &[]);

    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("--grpc-max-calls=1000001: must be at most 1000000"), "{message}");
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("GRPC_MAX_MESSAGE_SIZE", "100")]).await;
    let mut users = service.users().await;

    let large = CreateUserRequest { name: "a".repeat(100), email: "ada@example.com".to_owned() };
    let status = users.create_user(large).await.unwrap_err();

    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    create(&mut users, "ada@example.com").await;
    service.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_is_unimplemented_and_stays_out_of_names_and_labels() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    let mut client = Grpc::new(service.channel().await);

    for path in ["/user.v1.UserService/MadeUp", "/made.up.Service/Call"] {
        client.ready().await.unwrap();
        let codec = ProstCodec::<GetUserRequest, GetUserRequest>::default();
        let request = Request::new(GetUserRequest { id: 1 });
        let path = PathAndQuery::from_static(path);
        let status = client.unary(request, path, codec).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
    }
    let metrics = service.admin("/metrics").await.body;
    service.stop().await;

    let spans = collector.spans();
    let originals: Vec<_> =
        spans.iter().map(|span| span.attributes["rpc.method_original"].clone()).collect();
    assert_eq!(originals, ["user.v1.UserService/MadeUp", "made.up.Service/Call"]);
    for span in spans {
        assert_eq!(span.name, "grpc");
        assert_eq!(span.attributes["rpc.method"], "_OTHER");
        assert_eq!(span.attributes["error.type"], "UNIMPLEMENTED");
    }
    let other = series(&metrics, "rpc_server_call_duration_seconds_count", "_OTHER");
    assert!(other[0].ends_with(" 2"), "{other:?}");
    assert!(!metrics.to_lowercase().contains("made"), "{metrics}");
}

#[tokio::test]
async fn a_call_is_a_trace() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    let port = service.address("grpc").rsplit(':').next().unwrap().parse::<i64>().unwrap();
    let mut users = service.users().await;

    let request = traced(ada("ada@example.com"), SAMPLED);
    let response = users.create_user(request).await.unwrap();
    let ended = service.stop().await;

    let mut server = collector.span("user.v1.UserService/CreateUser");
    assert_eq!(server.kind, SpanKind::Server);
    assert_eq!((server.trace_id.as_str(), server.parent_id.as_str()), (TRACE_ID, PARENT_ID));
    assert_eq!((server.status, server.events), (StatusCode::Unset, 0));
    let user_agent = server.attributes.remove("user_agent.original").unwrap();
    assert!(user_agent.as_str().unwrap().starts_with("tonic/"), "{user_agent}");
    assert_eq!(
        json!(server.attributes),
        json!({
            "rpc.system.name": "grpc",
            "rpc.method": "user.v1.UserService/CreateUser",
            "rpc.response.status_code": "OK",
            "server.address": "127.0.0.1",
            "server.port": port,
            "client.address": "127.0.0.1",
        })
    );
    let insert = collector.span("INSERT users");
    assert_eq!((&insert.trace_id, &insert.parent_id), (&server.trace_id, &server.id));
    let expected = format!("00-{TRACE_ID}-{}-01", server.id);
    assert_eq!(traceresponse(response.metadata()), expected);
    let [line] = ended.lines("request")[..] else {
        panic!("not exactly one line a call: {ended:#?}");
    };
    assert_eq!((&line["level"], &line["target"]), (&json!("INFO"), &json!("access")));
    assert_eq!((&line["trace_id"], &line["span_id"]), (&json!(TRACE_ID), &json!(server.id)));
    assert_eq!(line["rpc.method"], "user.v1.UserService/CreateUser");
    assert_eq!(line["rpc.response.status_code"], "OK");
    assert!(line["duration_seconds"].as_f64().unwrap() > 0.0);
    assert!(!json!(ended.log).to_string().contains("ada@"), "{ended:#?}");
}

#[tokio::test]
async fn what_the_caller_does_not_sample_is_not_recorded_but_has_its_trace_id() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    let mut users = service.users().await;

    let status = users.get_user(traced(GetUserRequest { id: 1 }, NOT_SAMPLED)).await.unwrap_err();
    let ended = service.stop().await;

    assert_eq!(collector.spans().len(), 0, "{:#?}", collector.spans());
    let ids: Vec<_> = traceresponse(status.metadata()).split('-').collect();
    assert_eq!((ids[1], ids[3]), (TRACE_ID, "00"));
    let line = ended.lines("request")[0];
    assert_eq!((&line["trace_id"], &line["span_id"]), (&json!(TRACE_ID), &json!(ids[2])));
}

#[tokio::test]
async fn a_refused_call_is_not_an_error_of_the_service() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;

    get(&mut service.users().await, 1).await.unwrap_err();
    service.stop().await;

    let span = collector.span("user.v1.UserService/GetUser");
    assert_eq!(span.status, StatusCode::Unset);
    assert_eq!(span.attributes["rpc.response.status_code"], "NOT_FOUND");
    assert!(!span.attributes.contains_key("error.type"));
}

#[tokio::test]
async fn a_call_is_measured_by_method_and_status() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let before = service.admin("/metrics").await.body;
    get(&mut service.users().await, 1).await.unwrap_err();
    let metrics = service.admin("/metrics").await.body;
    service.stop().await;

    let name = "rpc_server_call_duration_seconds";
    for method in ["CreateUser", "GetUser", "ListUsers", "UpdateUser", "DeleteUser"] {
        let method = format!("user.v1.UserService/{method}");
        let prepared = series(&before, &format!("{name}_count"), &method);
        assert!(prepared[0].contains(r#""OK""#) && prepared[0].ends_with(" 0"), "{prepared:?}");
    }
    let call = series(&metrics, &format!("{name}_bucket"), "NOT_FOUND");
    assert_eq!(
        labels(call[0]),
        "rpc_method=user.v1.UserService/GetUser rpc_response_status_code=NOT_FOUND \
         rpc_system_name=grpc"
    );
}

#[tokio::test]
async fn a_call_that_its_client_gives_up_is_counted() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut users = service.users().await;
    let lock = lock_users(&database).await;

    tokio::select! {
        answer = users.create_user(ada("ada@example.com")) => panic!("not locked: {answer:?}"),
        _ = service.metrics_until(r#"db_client_connection_state="used"} 1"#) => {}
    }

    service.metrics_until(&created("CANCELLED", 1)).await;
    drop(lock);
    create(&mut users, "grace@example.com").await;
    service.stop().await;
}

#[tokio::test]
async fn the_health_follows_readiness() {
    let database = TestDatabase::create();
    let mut service = Service::start(&database, &[("SHUTDOWN_DELAY", "1h")]).await;
    let mut watcher = HealthClient::new(service.channel().await);
    let request = HealthCheckRequest { service: "user.v1.UserService".to_owned() };
    let mut statuses = watcher.watch(request).await.unwrap().into_inner();

    until_status(&mut statuses, ServingStatus::Serving).await;
    for name in ["", "user.v1.UserService"] {
        assert_eq!(health(&service, name).await.unwrap(), ServingStatus::Serving);
    }
    assert_eq!(health(&service, "made.up").await.unwrap_err().code(), Code::NotFound);

    service.terminate();
    service.line(STOPPING).await;

    assert_eq!(statuses.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    for name in ["", "user.v1.UserService"] {
        assert_eq!(health(&service, name).await.unwrap(), ServingStatus::NotServing);
    }
    assert_eq!(service.admin("/readyz").await.status, 503);
    assert_eq!(get(&mut service.users().await, 1).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn whoever_watches_the_health_does_not_hold_up_the_end() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("SHUTDOWN_TIMEOUT", "1h")]).await;
    let mut watcher = HealthClient::new(service.channel().await);
    let mut statuses = watcher.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    until_status(&mut statuses, ServingStatus::Serving).await;

    service.stop().await;

    assert_eq!(statuses.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert_eq!(statuses.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_client_can_learn_the_contract() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let mut reflection = ServerReflectionClient::new(service.channel().await);
    let ask = |message: MessageRequest| {
        let host = String::new();
        tokio_stream::once(ServerReflectionRequest { host, message_request: Some(message) })
    };

    let list = ask(MessageRequest::ListServices(String::new()));
    let mut answers = reflection.server_reflection_info(list).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(services) = answer else {
        panic!("an unexpected answer: {answer:?}");
    };
    let mut names: Vec<_> = services.service.into_iter().map(|service| service.name).collect();
    names.sort();
    let expected = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "user.v1.UserService",
    ];
    assert_eq!(names, expected);

    let file = ask(MessageRequest::FileContainingSymbol("user.v1.UserService".to_owned()));
    let mut answers = reflection.server_reflection_info(file).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::FileDescriptorResponse(files) = answer else {
        panic!("an unexpected answer: {answer:?}");
    };
    let file = FileDescriptorProto::decode(&*files.file_descriptor_proto[0]).unwrap();
    assert_eq!(file.name(), "user/v1/user.proto");
    drop(answers);
    service.stop().await;
}

#[tokio::test]
async fn a_call_under_way_is_answered_before_the_end() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut service = Service::start(&database, &collector.settings("grpc")).await;
    let mut users = service.users().await;
    let lock = lock_users(&database).await;
    let call = tokio::spawn(async move { users.create_user(ada("ada@example.com")).await });
    service.metrics_until(r#"db_client_connection_state="used"} 1"#).await;

    service.terminate();
    service.line(STOPPING).await;
    drop(lock);
    let ended = service.ended().await;

    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(call.await.unwrap().unwrap().into_inner().user.unwrap().email, "ada@example.com");
    let span = collector.span("user.v1.UserService/CreateUser");
    assert_eq!(span.attributes["rpc.response.status_code"], "OK");
}

#[tokio::test]
async fn a_call_that_outlasts_the_drain_is_cut_off() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    settings.push(("SHUTDOWN_TIMEOUT", "50ms".to_owned()));
    settings.push(("DATABASE_QUERY_TIMEOUT", "1h".to_owned()));
    let service = Service::start(&database, &settings).await;
    let mut users = service.users().await;
    let _lock = lock_users(&database).await;
    let call = tokio::spawn(async move { users.create_user(ada("ada@example.com")).await });
    service.metrics_until(r#"db_client_connection_state="used"} 1"#).await;

    let ended = service.stop().await;

    call.await.unwrap().unwrap_err();
    assert_eq!(ended.lines("calls were cut off by the shutdown").len(), 1, "{ended:#?}");
    let span = collector.span("user.v1.UserService/CreateUser");
    assert_eq!(span.attributes["rpc.response.status_code"], "CANCELLED");
    let [line] = ended.lines("request")[..] else {
        panic!("not exactly one line tells of the call: {ended:#?}");
    };
    assert_eq!(line["trace_id"], span.trace_id, "{ended:#?}");
}

#[tokio::test]
async fn a_connection_that_is_too_old_costs_no_call() {
    let database = TestDatabase::create();
    let settings = [("GRPC_MAX_CONNECTION_AGE", "20ms"), ("GRPC_MAX_CONNECTION_AGE_GRACE", "1h")];
    let service = Service::start(&database, &settings).await;
    let mut users = service.users().await;
    let mut others = users.clone();
    let lock = lock_users(&database).await;
    let call = tokio::spawn(async move { users.create_user(ada("ada@example.com")).await });
    service.metrics_until(r#"db_client_connection_state="used"} 1"#).await;

    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        // A client can still want to use a connection that is about to be closed: it tries again.
        loop {
            match get(&mut others, 0).await.unwrap_err() {
                status if status.code() == Code::Cancelled => {}
                status => break assert_eq!(wrong_fields(&status), ["id"]),
            }
        }
    }
    drop(lock);
    call.await.unwrap().unwrap();
    service.stop().await;
}

#[tokio::test]
async fn a_connection_without_calls_is_closed() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("GRPC_MAX_CONNECTION_IDLE", "50ms")]).await;
    let mut silent = TcpStream::connect(service.address("grpc")).await.unwrap();

    let mut answer = Vec::new();
    // It has ended, whether the other side closes the connection or resets it.
    let _ = silent.read_to_end(&mut answer).await;

    create(&mut service.users().await, "ada@example.com").await;
    service.stop().await;
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let database = TestDatabase::create();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let url = sqlx::ConnectOptions::to_url_lossy(&*database).to_string();

    let output = run(
        &["--http-address=127.0.0.1:0", "--otel-exporter-prometheus-port=0"],
        &[("DATABASE_URL", &url), ("GRPC_ADDRESS", &address)],
    );

    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains(&format!("cannot listen on {address}, set by GRPC_ADDRESS")), "{log}");
}
