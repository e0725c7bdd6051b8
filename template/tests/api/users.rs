use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::TestApp;

#[tokio::test]
async fn a_created_user_is_answered_with_its_location() {
    let app = TestApp::start().await;

    let answer =
        app.post("/users", &json!({ "name": "Ada Lovelace", "email": "Ada@example.com" })).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), "application/json");
    let user = answer.json();
    assert_eq!(answer.header("location"), format!("/users/{}", user["id"]));
    assert_eq!(user["name"], "Ada Lovelace");
    assert_eq!(user["email"], "Ada@example.com");
    assert_eq!(user["created_at"], user["updated_at"]);
    let created = user["created_at"].as_str().unwrap();
    let created = OffsetDateTime::parse(created, &Rfc3339).unwrap();
    assert!((OffsetDateTime::now_utc() - created).abs() < time::Duration::HOUR);
    assert_eq!(user.as_object().unwrap().len(), 5);
    assert_eq!(app.get(answer.header("location")).await.json(), user);
    app.stop().await;
}

#[tokio::test]
async fn a_replaced_user_keeps_its_id_and_its_time_of_creation() {
    let app = TestApp::start().await;
    let before = app.user("ada@example.com").await;
    let path = format!("/users/{}", before["id"]);

    let answer =
        app.put(&path, &json!({ "name": "Augusta Ada King", "email": "king@example.com" })).await;

    assert_eq!(answer.status, 200);
    let after = answer.json();
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["name"], "Augusta Ada King");
    assert_eq!(after["email"], "king@example.com");
    assert_eq!(after["created_at"], before["created_at"]);
    assert_ne!(after["updated_at"], before["updated_at"]);
    assert_eq!(app.get(&path).await.json(), after);
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_user_is_gone() {
    let app = TestApp::start().await;
    let user = app.user("ada@example.com").await;
    let path = format!("/users/{}", user["id"]);

    let answer = app.delete(&path).await;

    assert_eq!(answer.status, 204);
    assert_eq!(answer.body, "");
    app.get(&path).await.problem(404);
    app.delete(&path).await.problem(404);
    app.stop().await;
}

#[tokio::test]
async fn the_id_of_a_deleted_user_is_not_given_again() {
    let app = TestApp::start().await;
    let first = app.user("ada@example.com").await;
    app.delete(&format!("/users/{}", first["id"])).await;

    let second = app.user("ada@example.com").await;

    assert_ne!(second["id"], first["id"]);
    app.stop().await;
}

#[tokio::test]
async fn nobody_is_found_under_an_unknown_id() {
    let app = TestApp::start().await;
    let body = json!({ "name": "Ada", "email": "ada@example.com" });

    for answer in [
        app.get("/users/1").await,
        app.get("/users/9223372036854775807").await,
        app.put("/users/1", &body).await,
        app.delete("/users/1").await,
    ] {
        answer.problem(404);
    }
    app.stop().await;
}

#[tokio::test]
async fn an_email_address_is_taken_in_any_spelling() {
    let app = TestApp::start().await;
    app.user("ada@example.com").await;
    let grace = app.user("grace@example.com").await;
    let taken = json!({ "name": "Somebody Else", "email": "ADA@Example.com" });

    app.post("/users", &taken).await.problem(409);
    app.put(&format!("/users/{}", grace["id"]), &taken).await.problem(409);
    app.stop().await;
}

#[tokio::test]
async fn a_user_can_change_the_spelling_of_its_own_email_address() {
    let app = TestApp::start().await;
    let user = app.user("ada@example.com").await;

    let body = json!({ "name": "Ada Lovelace", "email": "Ada@Example.com" });
    let answer = app.put(&format!("/users/{}", user["id"]), &body).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["email"], "Ada@Example.com");
    app.stop().await;
}

#[tokio::test]
async fn only_one_of_many_requests_gets_an_email_address() {
    let app = TestApp::start().await;
    let body = json!({ "name": "Ada Lovelace", "email": "ada@example.com" });
    let create = || app.post("/users", &body);

    let answers = tokio::join!(create(), create(), create(), create());

    let mut statuses = [answers.0.status, answers.1.status, answers.2.status, answers.3.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    app.stop().await;
}

#[tokio::test]
async fn names_are_kept_as_given_but_for_blanks_around_them() {
    let app = TestApp::start().await;

    for (number, name) in ["Иван Петров", "李小龍", "🦀", "O'Brien; DROP TABLE users --", "a\"b\\c"]
        .iter()
        .enumerate()
    {
        let body = json!({
            "name": format!("  {name} "),
            "email": format!("{number}@example.com")
        });
        let answer = app.post("/users", &body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.json()["name"], *name);
    }
    app.stop().await;
}
