//! A client of the gRPC API, generated from its contract as that of another service would be.

use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use self::proto::{CreateUserRequest, User, user_service_client::UserServiceClient};
use super::service::Service;

/// What is generated from `proto`.
#[expect(clippy::pedantic, reason = "prost and tonic generate it")]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/client/user.v1.rs"));
}

pub type Users = UserServiceClient<Channel>;

impl Service {
    /// Connects to the gRPC API.
    pub async fn channel(&self) -> Channel {
        let url = format!("http://{}", self.address("grpc"));
        Channel::from_shared(url).unwrap().connect().await.expect("the service listens")
    }

    /// Makes a client of the users.
    pub async fn users(&self) -> Users {
        Users::new(self.channel().await)
    }
}

/// Asks for a user with an e-mail address.
pub fn ada(email: &str) -> CreateUserRequest {
    CreateUserRequest { name: "Ada Lovelace".to_owned(), email: email.to_owned() }
}

/// Creates a user with an e-mail address, and returns it.
pub async fn create(users: &mut Users, email: &str) -> User {
    let response = users.create_user(ada(email)).await.expect("the user is created");
    response.into_inner().user.expect("the response has the user")
}

/// Returns the fields that a status complains about.
pub fn wrong_fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_details_bad_request().expect("the status has details");
    let violations = details.field_violations.into_iter();
    violations
        .map(|violation| {
            assert!(!violation.description.is_empty(), "{violation:?}");
            violation.field
        })
        .collect()
}
