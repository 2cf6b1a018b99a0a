//! Every way a user can touch the cluster, as one closed list.

use std::sync::Arc;

use crate::api::Name;
use crate::container::Files;
use crate::kubectl::edit::Edited;
use crate::network::clients::Clients;
use crate::time::Duration;

/// A call of kubectl with all that is around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The words behind `kubectl`.
    pub words: Arc<[Name]>,
    /// What it reads from standard input.
    pub stdin: Arc<str>,
    /// The files at hand.
    pub files: Arc<Files>,
    /// The directory that relative paths count from.
    pub directory: Name,
    /// The namespace of the current context.
    pub namespace: Name,
    /// `KUBECONFIG`, empty when not set.
    pub kubeconfig: Name,
    /// The command that opens an editor, empty when none is chosen.
    pub editor: Name,
    /// What was saved in the editor that this call had opened.
    pub edited: Option<Arc<Edited>>,
}

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
    /// Calls kubectl from a terminal.
    Typed(Arc<Typed>),
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
            Self::Typed(typed) => {
                typed.words.iter().fold("kubectl".to_owned(), |mut line, word| {
                    line.push(' ');
                    line.push_str(&crate::kubectl::words::in_quotes(word));
                    line
                })
            }
            Self::SetRequestRate(rate) => format!("requests {rate}/s"),
            Self::FailNode(node) => format!("fail node {node}"),
            Self::RecoverNode(node) => format!("recover node {node}"),
            Self::SetProxyLag(lag) => format!("proxy lag {} ms", lag.as_millis()),
            Self::SetClients(clients) => clients.text(),
        }
    }
}
