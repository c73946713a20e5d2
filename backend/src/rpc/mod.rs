//! gRPC: the control API `relevo.lab.v1.Lab`, with reflection and health, native (h2c) and as
//! gRPC-web on the same port as the page.

mod ask;
mod exercises;
mod faults;
mod link;
mod service;
mod trace;

use crate::labs::Labs;
use axum::Router;
use relevo_proto::FILE_DESCRIPTOR_SET;
use relevo_proto::lab::v1::lab_server::LabServer;
use service::LabService;
use std::sync::Arc;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;

/// The largest request, in bytes; none of ours is long.
const REQUEST: usize = 64 * 1024;

/// Whether this process serves, as gRPC health tells it.
#[derive(Clone, Debug, Default)]
pub struct Health(HealthReporter);

impl Health {
    /// From the ready line on.
    pub async fn serving(&self) {
        self.0.set_serving::<LabServer<LabService>>().await;
        self.0.set_service_status("", tonic_health::ServingStatus::Serving).await;
    }

    /// Until then, and once the main lab has stopped.
    pub async fn not_serving(&self) {
        self.0.set_not_serving::<LabServer<LabService>>().await;
        self.0.set_service_status("", tonic_health::ServingStatus::NotServing).await;
    }
}

/// The routes of all gRPC services.
pub(crate) fn routes(labs: Arc<Labs>, health: Health) -> Router {
    let lab = LabServer::new(LabService::new(labs)).max_decoding_message_size(REQUEST);
    let health_service = tonic_health::pb::health_server::HealthServer::new(
        tonic_health::server::HealthService::from_health_reporter(health.0),
    );
    let mut routes = Routes::new(lab).add_service(health_service);
    let described = |set: &'static [u8]| {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(set)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    if let Ok(reflection) = described(FILE_DESCRIPTOR_SET).build_v1() {
        routes = routes.add_service(reflection);
    }
    if let Ok(reflection) = described(FILE_DESCRIPTOR_SET).build_v1alpha() {
        routes = routes.add_service(reflection);
    }
    routes.prepare().into_axum_router().reset_fallback().layer(GrpcWebLayer::new())
}
