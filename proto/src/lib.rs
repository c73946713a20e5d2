//! The lab's control API, generated from `relevo/lab/v1/lab.proto`.
//!
//! The page speaks it as gRPC-web, everything else as gRPC, on the same port. The `.proto` file
//! is the contract: its comments say what each call does and its fields are only ever added, so
//! that a client generated from an older copy keeps working. This crate adds nothing to it but
//! Rust: the messages everywhere, tonic's client and server natively, and for the page a client
//! of the same names that weighs a tenth of tonic's ([`browser`]).

pub mod browser;

/// The API of labs.
pub mod lab {
    /// Version 1: `relevo.lab.v1`.
    #[allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::unwrap_used,
        reason = "generated; the .proto file is what is read, documented and reviewed"
    )]
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/relevo.lab.v1.rs"));
    }
}

/// The encoded `FileDescriptorSet` of everything in `proto/`, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[cfg(test)]
mod tests {
    use super::{FILE_DESCRIPTOR_SET, lab::v1};
    use prost::Message;

    /// What reflection tells must be what was compiled: the same service, method for method.
    #[test]
    fn the_descriptors_tell_the_service() {
        let set = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("decodes");
        let lab =
            &set.file.iter().find(|file| file.package() == "relevo.lab.v1").expect("is there");
        let told: Vec<&str> = lab.service[0].method.iter().map(|method| method.name()).collect();
        let read: Vec<&str> = include_str!("../relevo/lab/v1/lab.proto")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next())
            .collect();
        assert_eq!(lab.service[0].name(), "Lab");
        assert_eq!(told, read);
    }

    #[test]
    fn an_event_survives_its_encoding() {
        let kind = v1::trace_event::Kind::Stopped(v1::Stopped { reason: "disk".into() });
        let event =
            v1::TraceEvent { seq: 7, causes: vec![1, 6], kind: Some(kind), ..Default::default() };
        let read = v1::TraceEvent::decode(event.encode_to_vec().as_slice());
        assert_eq!(read, Ok(event));
    }
}
