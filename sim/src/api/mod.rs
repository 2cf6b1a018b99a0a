//! The API objects the simulator knows, one file a kind, with the questions one can ask of them.
//!
//! Objects have defaults applied: an `Option` here means that absence carries meaning on a cluster.

pub mod base64;
pub mod condition;
pub mod data_object;
pub mod deployment;
pub mod endpoint_slice;
pub mod event;
pub mod int_or_percent;
pub mod kind;
pub mod meta;
pub mod node;
pub mod pod;
pub mod pod_template;
pub mod quantity;
pub mod replica_set;
pub mod scheduling;
pub mod selector;
pub mod service;
pub mod value;

pub use condition::ConditionStatus;
pub use data_object::DataObject;
pub use deployment::Deployment;
pub use endpoint_slice::EndpointSlice;
pub use event::Event;
pub use int_or_percent::IntOrPercent;
pub use kind::Kind;
pub use meta::{Labels, Name, ObjectMeta, OwnerReference, Uid};
pub use node::Node;
pub use pod::Pod;
pub use pod_template::{PodSpec, PodTemplateSpec};
pub use replica_set::ReplicaSet;
pub use selector::LabelSelector;
pub use service::Service;
pub use value::Value;
