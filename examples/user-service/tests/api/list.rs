use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

async fn create(app: &TestApp, count: usize) {
    for number in 0..count {
        app.user(&format!("{number}@example.com")).await;
    }
}

fn ids(answer: &Answer) -> Vec<i64> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let page = answer.json();
    let users = page["users"].as_array().expect("a page has users");
    users.iter().map(|user| user["id"].as_i64().expect("an id is an integer")).collect()
}

#[tokio::test]
async fn without_users_the_list_is_empty() {
    let app = TestApp::start().await;

    let answer = app.get("/users").await;

    assert_eq!(answer.json(), json!({ "users": [], "next": null }));
    assert_eq!(answer.header("link"), "");
    app.stop().await;
}

#[tokio::test]
async fn a_listed_user_is_the_same_as_a_single_one() {
    let app = TestApp::start().await;
    let user = app.user("ada@example.com").await;

    let answer = app.get("/users").await;

    assert_eq!(answer.json(), json!({ "users": [user], "next": null }));
    app.stop().await;
}

#[tokio::test]
async fn the_pages_together_are_all_users_in_order() {
    let app = TestApp::start().await;
    create(&app, 5).await;
    let all = ids(&app.get("/users").await);

    let first = app.get("/users?limit=2").await;
    let second = app.get(&format!("/users?limit=2&after={}", first.json()["next"])).await;
    let third = app.get(&format!("/users?limit=2&after={}", second.json()["next"])).await;

    assert!(all.is_sorted());
    assert_eq!(ids(&first), all[..2]);
    assert_eq!(ids(&second), all[2..4]);
    assert_eq!(ids(&third), all[4..]);
    assert_eq!(third.json()["next"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn the_last_full_page_has_no_next_one() {
    let app = TestApp::start().await;
    create(&app, 2).await;

    let answer = app.get("/users?limit=2").await;

    assert_eq!(ids(&answer).len(), 2);
    assert_eq!(answer.json()["next"], Value::Null);
    assert_eq!(answer.header("link"), "");
    app.stop().await;
}

#[tokio::test]
async fn the_link_header_leads_to_the_next_page() {
    let app = TestApp::start().await;
    create(&app, 3).await;

    let first = app.get("/users?limit=2").await;

    let link = first.header("link");
    let path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    assert_eq!(path, format!("/users?limit=2&after={}", first.json()["next"]));
    assert_eq!(ids(&app.get(path).await).len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_page_has_twenty_users_unless_told_otherwise() {
    let app = TestApp::start().await;
    create(&app, 21).await;

    assert_eq!(ids(&app.get("/users").await).len(), 20);
    assert_eq!(ids(&app.get("/users?limit=100").await).len(), 21);
    app.stop().await;
}

#[tokio::test]
async fn a_page_starts_after_an_id_that_need_not_exist() {
    let app = TestApp::start().await;
    create(&app, 3).await;
    let all = ids(&app.get("/users").await);
    app.delete(&format!("/users/{}", all[1])).await;

    let answer = app.get(&format!("/users?after={}", all[1])).await;

    assert_eq!(ids(&answer), all[2..]);
    app.stop().await;
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let app = TestApp::start().await;

    for limit in ["0", "101", "-1", "%2B5", "05", "ten", "", "1.5", "9999999999999999999"] {
        let answer = app.get(&format!("/users?limit={limit}&after=1")).await;
        assert_eq!(answer.wrong_fields(400), ["limit"], "{limit}");
    }
    for after in ["0", "-1", "one", "", "9223372036854775808", "%00", "%FF"] {
        let answer = app.get(&format!("/users?after={after}")).await;
        assert_eq!(answer.wrong_fields(400), ["after"], "{after}");
    }
    let answer = app.get("/users?limit=0&after=0").await;
    assert_eq!(answer.wrong_fields(400), ["limit", "after"]);
    let answer = app.get("/users?limit=1&limit=2").await;
    assert_eq!(answer.wrong_fields(400), ["limit"]);
    app.stop().await;
}
