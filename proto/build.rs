//! Generates the control API from `proto/`, in pure Rust: no `protoc` to install.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=relevo");

    let files = protox::compile(["relevo/lab/v1/lab.proto"], [&root])?;
    fs::write(out.join("descriptors.bin"), encoded(&files))?;
    let services = files.file.iter().flat_map(|file| {
        file.service.iter().map(|service| {
            let methods = service.method.iter().filter(|method| !method.server_streaming());
            let path = format!("/{}.{}", file.package(), service.name());
            let calls = methods.map(|method| {
                call(&path, method.name(), method.input_type(), method.output_type())
            });
            calls.collect::<String>()
        })
    });
    fs::write(out.join("calls.rs"), services.map(client).collect::<String>())?;
    // The page only calls, and only for one answer at a time; all of a gRPC client would be a
    // tenth of what it downloads.
    let in_browser = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    tonic_prost_build::configure()
        .build_client(!in_browser)
        .build_server(!in_browser)
        .build_transport(false)
        .compile_fds(files)?;
    Ok(())
}

fn encoded(files: &impl protox::prost::Message) -> Vec<u8> {
    files.encode_to_vec()
}

/// The page's client, in `src/browser.rs`: its methods are named as tonic's are.
fn client(calls: String) -> String {
    format!("impl<T: Transport> LabClient<T> {{\n{calls}}}\n")
}

fn call(path: &str, name: &str, input: &str, output: &str) -> String {
    let [input, output] = [input, output].map(|name| name.rsplit('.').next().unwrap_or(name));
    let function = snake(name);
    format!(
        "/// Calls `{name}`.
        pub async fn {function}(&mut self, request: v1::{input})
            -> Result<Response<v1::{output}>, Status> {{
            call(&self.transport, \"{path}/{name}\", &request).await
        }}\n"
    )
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
