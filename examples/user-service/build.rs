//! Prepares what is compiled into the service: its migrations, and the contract of its gRPC API.

#![expect(clippy::disallowed_macros, reason = "cargo reads instructions from stdout")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    compile_contract().expect("the contract under proto can be compiled");
}

/// Generates the server for the service, the client for its tests, and the descriptors for
/// reflection. The compiler is a library: no `protoc` has to be installed.
fn compile_contract() -> Result<(), Box<dyn std::error::Error>> {
    use protox::prost::Message as _;

    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(["user/v1/user.proto"], ["proto"])?;
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").ok_or("there is no OUT_DIR")?);
    std::fs::write(out.join("user.v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_client(false).compile_fds(descriptors.clone())?;
    let client = out.join("client");
    std::fs::create_dir_all(&client)?;
    tonic_prost_build::configure().build_server(false).out_dir(client).compile_fds(descriptors)?;
    Ok(())
}
