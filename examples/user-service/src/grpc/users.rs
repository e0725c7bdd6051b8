//! `user.v1.UserService`: users as messages.

use prost_types::Timestamp;
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::{
    contract::v1::{
        CreateUserRequest, CreateUserResponse, DeleteUserRequest, DeleteUserResponse,
        GetUserRequest, GetUserResponse, ListUsersRequest, ListUsersResponse, UpdateUserRequest,
        UpdateUserResponse, User as UserMessage, user_service_server::UserService,
    },
    status::Violations,
};
use crate::{
    state::AppState,
    users::{PageRequest, PageSize, User, UserDetails, UserId},
};

/// The methods.
pub(super) struct UserCalls {
    state: AppState,
}

impl UserCalls {
    /// Answers calls with this state.
    pub(super) fn new(state: AppState) -> Self {
        Self { state }
    }
}

#[tonic::async_trait]
impl UserService for UserCalls {
    async fn create_user(
        &self,
        request: Request<CreateUserRequest>,
    ) -> Result<Response<CreateUserResponse>, Status> {
        let CreateUserRequest { name, email } = request.into_inner();
        let mut violations = Violations::default();
        let name = violations.check("name", name.parse());
        let email = violations.check("email", email.parse());
        let details = violations.finish(|| Some(UserDetails { name: name?, email: email? }))?;

        let user = self.state.users.create(details).await?;
        self.state.welcome(&user);
        Ok(Response::new(CreateUserResponse { user: Some(user.into()) }))
    }

    async fn get_user(
        &self,
        request: Request<GetUserRequest>,
    ) -> Result<Response<GetUserResponse>, Status> {
        let id = user_id(request.get_ref().id)?;

        let user = self.state.users.get(id).await?;
        Ok(Response::new(GetUserResponse { user: Some(user.into()) }))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let ListUsersRequest { limit, after } = request.into_inner();
        let mut violations = Violations::default();
        let limit = limit.map(PageSize::try_from).transpose();
        let size = violations.check("limit", limit);
        let after = violations.check("after", after.map(UserId::try_from).transpose());
        let request = violations
            .finish(|| Some(PageRequest { size: size?.unwrap_or_default(), after: after? }))?;

        let page = self.state.users.list(request).await?;
        let users = page.users.into_iter().map(Into::into).collect();
        Ok(Response::new(ListUsersResponse { users, next: page.next.map(UserId::get) }))
    }

    async fn update_user(
        &self,
        request: Request<UpdateUserRequest>,
    ) -> Result<Response<UpdateUserResponse>, Status> {
        let UpdateUserRequest { id, name, email } = request.into_inner();
        let mut violations = Violations::default();
        let id = violations.check("id", UserId::try_from(id));
        let name = violations.check("name", name.parse());
        let email = violations.check("email", email.parse());
        let (id, details) =
            violations.finish(|| Some((id?, UserDetails { name: name?, email: email? })))?;

        let user = self.state.users.update(id, details).await?;
        Ok(Response::new(UpdateUserResponse { user: Some(user.into()) }))
    }

    async fn delete_user(
        &self,
        request: Request<DeleteUserRequest>,
    ) -> Result<Response<DeleteUserResponse>, Status> {
        let id = user_id(request.get_ref().id)?;

        self.state.users.delete(id).await?;
        Ok(Response::new(DeleteUserResponse {}))
    }
}

fn user_id(id: i64) -> Result<UserId, Status> {
    let mut violations = Violations::default();
    let id = violations.check("id", UserId::try_from(id));
    violations.finish(|| id)
}

impl From<User> for UserMessage {
    fn from(user: User) -> Self {
        Self {
            id: user.id.get(),
            name: user.name.into(),
            email: user.email.into(),
            created_at: Some(timestamp(user.created_at)),
            updated_at: Some(timestamp(user.updated_at)),
        }
    }
}

fn timestamp(time: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: time.unix_timestamp(),
        nanos: time.nanosecond().try_into().expect("a second has fewer nanoseconds than 2^31"),
    }
}
