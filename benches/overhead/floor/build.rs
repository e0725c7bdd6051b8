//! Compiles the contract of the gRPC API.

fn main() {
    println!("cargo:rerun-if-changed=proto");
    let contract = protox::compile(["user/v1/user.proto"], ["proto"]).expect("it can be compiled");
    tonic_prost_build::configure()
        .build_client(false)
        .compile_fds(contract)
        .expect("the server can be generated");
}
