//! Every way a user can touch the cluster, as one closed list.

use std::sync::Arc;

use crate::api::Name;
use crate::network::clients::Clients;
use crate::time::Duration;

/// Something a user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Types a kubectl command.
    Kubectl {
        /// The line, with or without the leading `kubectl`.
        line: Arc<str>,
        /// What `-f -` reads.
        stdin: Option<Arc<str>>,
    },
    /// Changes how many requests a second the clients send to each Service.
    SetRequestRate(u32),
    /// Cuts a node off from the network, by name.
    FailNode(Name),
    /// Brings a node back that was cut off, by name.
    RecoverNode(Name),
    /// Changes how long it takes at most until every node's kube-proxy follows a change.
    SetProxyLag(Duration),
    /// Changes what the clients ask for and how patient they are. Absurd knobs are refused: see
    /// [`Clients::check`].
    SetClients(Clients),
}

impl Command {
    /// A kubectl command.
    pub fn kubectl(line: &str) -> Self {
        Self::Kubectl { line: line.into(), stdin: None }
    }

    /// `kubectl apply -f -` with this manifest.
    pub fn apply(manifest: &str) -> Self {
        Self::Kubectl { line: "apply -f -".into(), stdin: Some(manifest.into()) }
    }

    /// The command as a person would type it.
    pub fn text(&self) -> String {
        match self {
            Self::Kubectl { line, .. } if line.starts_with("kubectl") => line.to_string(),
            Self::Kubectl { line, .. } => format!("kubectl {line}"),
            Self::SetRequestRate(rate) => format!("requests {rate}/s"),
            Self::FailNode(node) => format!("fail node {node}"),
            Self::RecoverNode(node) => format!("recover node {node}"),
            Self::SetProxyLag(lag) => format!("proxy lag {} ms", lag.as_millis()),
            Self::SetClients(clients) => clients.text(),
        }
    }
}
