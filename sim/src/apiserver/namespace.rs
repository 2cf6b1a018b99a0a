//! Deleting a namespace: all that is in it goes first.
//!
//! Models: kubernetes v1.36 `pkg/controller/namespace/deletion` and the admission plugin
//! `NamespaceLifecycle` in their effects. Differs: the API server deletes the contents itself.

use super::{ApiError, ApiServer, Propagation, Stored};
use crate::api::kind::Typed;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Kind, Name, Pod, ReplicaSet, Service, Uid,
};

/// Namespaces that stay.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];
/// What keeps a namespace until it is empty.
const FINALIZER: &str = "kubernetes";

impl ApiServer {
    /// Begins to delete a namespace; it is gone with its last pod.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`] for those every cluster needs.
    pub(crate) fn delete_namespace(&mut self, uid: Uid) -> Result<(), ApiError> {
        let found = self.data(Kind::Namespace).by_uid(uid);
        let found = found.ok_or_else(|| ApiError::not_found(Kind::Namespace, ""))?;
        let name = found.meta.name.clone();
        if IMMORTAL.contains(&&*name) {
            return Err(ApiError::Forbidden(format!(
                "namespaces {:?} is forbidden: this namespace may not be deleted",
                &*name
            )));
        }
        self.change_data(Kind::Namespace, uid, |namespace| {
            if namespace.meta.finalizers.is_empty() {
                namespace.meta.finalizers.push(FINALIZER.into());
            }
            namespace.set_status(crate::api::value::map([("phase", "Terminating".into())]));
        })?;
        self.delete_data(Kind::Namespace, uid)?;
        self.delete_all::<Deployment>(&name);
        self.delete_all::<ReplicaSet>(&name);
        self.delete_all::<Service>(&name);
        self.delete_all::<EndpointSlice>(&name);
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_data() && kind.is_namespaced()) {
            let here = |object: &&std::sync::Arc<DataObject>| object.meta.namespace == name;
            let all: Vec<Uid> =
                self.data(kind).iter().filter(here).map(|object| object.meta.uid).collect();
            for uid in all {
                self.delete_data(kind, uid)?;
            }
        }
        for pod in self.pods_in(&name) {
            self.delete_pod(pod, None)?;
        }
        self.finish_namespace(&name);
        Ok(())
    }

    fn delete_all<T: Stored + Typed>(&mut self, namespace: &Name) {
        let here = |object: &&std::sync::Arc<T>| object.meta().namespace == *namespace;
        let names: Vec<Name> =
            self.list::<T>().iter().filter(here).map(|object| object.meta().name.clone()).collect();
        for name in names {
            // It was just found.
            let _ = self.delete::<T>(namespace, &name, Propagation::Background);
        }
    }

    fn pods_in(&self, namespace: &str) -> Vec<Uid> {
        let here = self.list::<Pod>().iter().filter(|pod| *pod.meta.namespace == *namespace);
        here.map(|pod| pod.meta.uid).collect()
    }

    /// Removes a namespace that is to go if it is empty.
    pub(crate) fn finish_namespace(&mut self, name: &Name) {
        if !self.terminating.contains(name) || !self.pods_in(name).is_empty() {
            return;
        }
        let uid = self.data(Kind::Namespace).get("", name).map(|namespace| namespace.meta.uid);
        if let Some(uid) = uid {
            // It was just found.
            drop(self.change_data(Kind::Namespace, uid, |namespace| {
                namespace.meta.finalizers.clear();
            }));
        }
    }

    /// Notes which namespaces are to go, after one has changed.
    pub(super) fn note_namespaces(&mut self) {
        let namespaces = self.data(Kind::Namespace).iter();
        let going = namespaces.filter(|namespace| namespace.meta.is_deleting());
        self.terminating = going.map(|namespace| namespace.meta.name.clone()).collect();
    }

    /// Nothing new comes into a namespace that is to go.
    pub(super) fn check_namespace_stays<T: Stored>(&self, object: &T) -> Result<(), ApiError> {
        let (kind, meta) = (object.kind(), object.meta());
        if self.terminating.is_empty()
            || !T::HAS_NAMES
            || !self.terminating.contains(&meta.namespace)
        {
            return Ok(());
        }
        Err(ApiError::Forbidden(format!(
            "{} {:?} is forbidden: unable to create new content in namespace {} because it is being \
             terminated",
            kind.plural_dot_group(),
            &*meta.name,
            meta.namespace
        )))
    }
}
