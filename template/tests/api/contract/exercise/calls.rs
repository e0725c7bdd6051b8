//! The calls of the exercise.

use tonic::{Code, Request, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_prost::ProstCodec;

use crate::support::{
    SAMPLED,
    grpc::{
        ada, create,
        proto::{
            CreateUserRequest, DeleteUserRequest, GetUserRequest, ListUsersRequest,
            UpdateUserRequest,
        },
    },
    service::Service,
};

/// Has a service answer whatever can be called.
pub async fn answers(service: &Service) {
    let mut users = service.users().await;
    let user = create(&mut users, "lovelace@example.com").await;
    let mut sampled = Request::new(GetUserRequest { id: user.id });
    sampled.metadata_mut().insert("traceparent", SAMPLED.parse().unwrap());
    users.get_user(sampled).await.unwrap();
    users.list_users(ListUsersRequest::default()).await.unwrap();
    let update = UpdateUserRequest { id: user.id, name: user.name, email: user.email };
    users.update_user(update).await.unwrap();
    let taken = users.create_user(ada("lovelace@example.com")).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    users.delete_user(DeleteUserRequest { id: user.id }).await.unwrap();
    let gone = users.get_user(GetUserRequest { id: user.id }).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let invalid = users.create_user(CreateUserRequest::default()).await.unwrap_err();
    assert_eq!(invalid.code(), Code::InvalidArgument);
    let mut health = HealthClient::new(service.channel().await);
    health.check(HealthCheckRequest::default()).await.unwrap();
    made_up(service).await;
}

/// Calls a method that does not exist.
async fn made_up(service: &Service) {
    let mut client = Grpc::new(service.channel().await);
    client.ready().await.unwrap();
    let codec = ProstCodec::<GetUserRequest, GetUserRequest>::default();
    let path = PathAndQuery::from_static("/user.v1.UserService/MadeUp");
    let status = client.unary(Request::new(GetUserRequest { id: 1 }), path, codec).await;
    assert_eq!(status.unwrap_err().code(), Code::Unimplemented);
}

/// Has a service give up on a database that does not answer.
pub async fn times_out(service: &Service) {
    let status = service.users().await.create_user(ada("lovelace@example.com")).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
}

/// Has a service that is busy with a request be busy with a call, too, and refuse another one.
pub async fn is_busy(service: &Service) {
    let mut users = service.users().await;
    let mut others = users.clone();
    tokio::spawn(async move { users.create_user(ada("countess@example.com")).await });
    service.metrics_until(r#"db_client_connection_state="used"} 2"#).await;
    let status = others.get_user(GetUserRequest { id: 1 }).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
}
