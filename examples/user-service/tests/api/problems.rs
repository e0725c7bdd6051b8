use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{TestApp, send};

fn valid() -> Value {
    json!({ "name": "Ada Lovelace", "email": "ada@example.com" })
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    app.user("grace@example.com").await;

    for (body, wrong) in [
        (json!({}), vec!["name", "email"]),
        (json!({ "name": 1, "email": null }), vec!["name", "email"]),
        (json!({ "name": " ", "email": "ada" }), vec!["name", "email"]),
        (json!({ "name": "a\u{0}", "email": "a\u{0}@b" }), vec!["name", "email"]),
        (
            json!({ "name": ["Ada"], "email": {}, "age": 36, "id": 1 }),
            vec!["name", "email", "age", "id"],
        ),
        (json!({ "name": "Ada", "email": "ada@example.com", "admin": true }), vec!["admin"]),
        (json!({ "name": "a".repeat(101), "email": "ada@example.com" }), vec!["name"]),
        (json!({ "name": "Ada", "email": format!("{}@b", "a".repeat(254)) }), vec!["email"]),
    ] {
        assert_eq!(app.post("/users", &body).await.wrong_fields(422), wrong, "{body}");
        assert_eq!(app.put("/users/1", &body).await.wrong_fields(422), wrong, "{body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_json_but_no_object_is_422() {
    let app = TestApp::start().await;

    for body in [json!(null), json!([]), json!("Ada"), json!(1)] {
        app.post("/users", &body).await.problem(422);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400() {
    let app = TestApp::start().await;

    for body in ["", "{", "{} {}", "{\"name\":\"\\ud800\"}", "name=Ada", "\u{feff}{}"] {
        let request = app.request(Method::POST, "/users").body(body);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        send(request).await.problem(400);
    }
    let nested = "[".repeat(10_000);
    let request = app.request(Method::PUT, "/users/1").body(nested);
    let request = request.header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    send(request).await.problem(400);
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_415() {
    let app = TestApp::start().await;

    let undeclared = app.request(Method::POST, "/users").body(valid().to_string());
    let text = app.request(Method::POST, "/users").body(valid().to_string());
    let text = text.header(header::CONTENT_TYPE, "text/plain");

    send(undeclared).await.problem(415);
    send(text).await.problem(415);
    app.stop().await;
}

#[tokio::test]
async fn a_body_above_the_limit_is_413() {
    let app = TestApp::start_with(&["--http-body-limit=100"]).await;

    let mut body = valid();
    body["name"] = "a".repeat(100).into();

    app.post("/users", &body).await.problem(413);
    assert_eq!(app.post("/users", &valid()).await.status, 201);
    app.stop().await;
}

#[tokio::test]
async fn an_id_that_is_no_positive_integer_is_400() {
    let app = TestApp::start().await;

    for id in ["0", "-1", "+1", "01", "one", "1.0", "9223372036854775808", "%00", "%FF", "1%2F2"] {
        let path = format!("/users/{id}");
        assert_eq!(app.get(&path).await.wrong_fields(400), ["id"], "{id}");
        assert_eq!(app.delete(&path).await.wrong_fields(400), ["id"], "{id}");
        assert_eq!(app.put(&path, &valid()).await.wrong_fields(400), ["id"], "{id}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_unknown_path_is_404() {
    let app = TestApp::start().await;

    for path in ["/", "/user", "/users/", "/users/1/", "/users/1/friends", "/%00", "/metrics"] {
        app.get(path).await.problem(404);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_method_that_a_path_does_not_support_is_405() {
    let app = TestApp::start().await;

    for (method, path, allowed) in [
        (Method::DELETE, "/users", "GET,HEAD,POST"),
        (Method::PATCH, "/users/1", "DELETE,GET,HEAD,PUT"),
        (Method::OPTIONS, "/users/1", "DELETE,GET,HEAD,PUT"),
        (Method::POST, "/health", "GET,HEAD"),
        (Method::TRACE, "/openapi.json", "GET,HEAD"),
    ] {
        let answer = send(app.request(method, path)).await;
        answer.problem(405);
        let mut methods: Vec<&str> = answer.header("allow").split(',').collect();
        methods.sort_unstable();
        assert_eq!(methods.join(","), allowed, "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_problem_carries_the_trace_id_of_its_request() {
    let app = TestApp::start().await;

    for flags in ["00", "01"] {
        let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        let request = app.request(Method::GET, "/users/0").header("traceparent", parent);
        let problem = send(request).await.problem(400);
        assert_eq!(problem["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_failing_statement_is_500_and_tells_nothing() {
    let app = TestApp::start().await;
    let mut connection = app.connection().await;
    sqlx::raw_sql("DROP TABLE users").execute(&mut connection).await.unwrap();

    for answer in [app.get("/users").await, app.post("/users", &valid()).await] {
        answer.problem(500);
        for secret in ["table", "relation", "sql", "select", "insert", "example.com"] {
            assert!(!answer.body.to_lowercase().contains(secret), "{}", answer.body);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_statement_beyond_its_deadline_is_504() {
    let app = TestApp::start_with(&["--database-query-timeout=50ms"]).await;
    let lock = app.lock_users().await;

    app.post("/users", &valid()).await.problem(504);

    drop(lock);
    app.stop().await;
}

#[tokio::test]
async fn a_request_beyond_its_deadline_is_504() {
    let app = TestApp::start_with(&["--http-request-timeout=50ms"]).await;
    let lock = app.lock_users().await;

    app.post("/users", &valid()).await.problem(504);

    drop(lock);
    app.stop().await;
}
