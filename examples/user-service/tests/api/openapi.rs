use reqwest::Method;

use crate::support::{TestApp, send};

#[tokio::test]
async fn the_contract_names_every_operation_and_its_answers() {
    let app = TestApp::start().await;

    let answer = app.get("/openapi.json").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let contract = answer.json();
    for (path, method, statuses) in [
        ("/health", "get", "200 500 503 504"),
        ("/users", "get", "200 400 500 503 504"),
        ("/users", "post", "201 400 408 409 413 415 422 500 503 504"),
        ("/users/{id}", "get", "200 400 404 500 503 504"),
        ("/users/{id}", "put", "200 400 404 408 409 413 415 422 500 503 504"),
        ("/users/{id}", "delete", "204 400 404 500 503 504"),
    ] {
        let responses = contract["paths"][path][method]["responses"].as_object().unwrap();
        let declared: Vec<&str> = responses.keys().map(String::as_str).collect();
        assert_eq!(declared.join(" "), statuses, "{method} {path}");
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            let content = response["content"].as_object().unwrap();
            assert!(content.contains_key("application/problem+json"), "{method} {path} {status}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn the_page_shows_the_contract_and_needs_nothing_from_outside() {
    let app = TestApp::start().await;

    let page = app.get("/docs").await;

    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html");
    assert!(!page.body.contains("http://") && !page.body.contains("https://"), "{}", page.body);
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(page.body.contains(file), "{}", page.body);
        assert_eq!(app.get(&format!("/docs/{file}")).await.status, 200, "{file}");
    }
    let script = app.get("/docs/swagger-initializer.js").await;
    assert!(script.body.contains("/openapi.json"), "{}", script.body);
    app.get("/docs/nothing.js").await.problem(404);
    app.stop().await;
}

#[tokio::test]
async fn a_head_request_is_answered_like_get_without_the_body() {
    let app = TestApp::start().await;

    let answer = send(app.request(Method::HEAD, "/users")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "");
    app.stop().await;
}
