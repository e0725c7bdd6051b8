//! The contract of the gRPC API: what is generated from `proto`, and what it says about itself.

use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic_reflection::server::{Builder, v1 as stable, v1alpha};

/// `proto/user/v1`: the users.
#[expect(clippy::pedantic, reason = "prost and tonic generate it")]
pub(super) mod v1 {
    tonic::include_proto!("user.v1");
}

/// The contracts of all services, encoded.
const DESCRIPTORS: [&[u8]; 4] = [
    tonic::include_file_descriptor_set!("user.v1"),
    tonic_health::pb::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
];

/// Lists the methods of all services, such as `user.v1.UserService/GetUser`.
pub(super) fn methods() -> impl Iterator<Item = String> {
    let files = DESCRIPTORS.into_iter().flat_map(|encoded| {
        FileDescriptorSet::decode(encoded).expect("a contract is encoded by its compiler").file
    });
    files.flat_map(|file| {
        let package = file.package().to_owned();
        file.service.into_iter().flat_map(move |service| {
            let service_name = format!("{package}.{}", service.name());
            let methods = service.method.into_iter();
            methods.map(move |method| format!("{service_name}/{}", method.name()))
        })
    })
}

/// Builds the service from which clients such as grpcurl learn the contracts.
pub(super) fn reflection() -> stable::ServerReflectionServer<impl stable::ServerReflection> {
    reflected().build_v1().expect("a contract is encoded by its compiler")
}

/// Builds the same for clients that know the first version only, such as those in Python.
pub(super) fn reflection_v1alpha() -> v1alpha::ServerReflectionServer<impl v1alpha::ServerReflection>
{
    reflected().build_v1alpha().expect("a contract is encoded by its compiler")
}

fn reflected() -> Builder<'static> {
    DESCRIPTORS
        .into_iter()
        .fold(Builder::configure(), Builder::register_encoded_file_descriptor_set)
        .include_reflection_service(false)
}
