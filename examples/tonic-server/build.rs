//! Generates the service and its client. tonic's own way, from a `.proto` file, needs `protoc` on the machine; written
//! down here, the same code comes out.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let greet = Method::builder()
        .name("greet")
        .route_name("Greet")
        .input_type("crate::Question")
        .output_type("crate::Greeting")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let greeter = Service::builder()
        .name("Greeter")
        .package("acme")
        .method(greet)
        .build();
    Builder::new().compile(&[greeter]);
    println!("cargo::rerun-if-changed=build.rs");
}
