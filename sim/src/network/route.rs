//! Routes in front of Services: which share of the requests goes to which.
//!
//! Models: `gateway.networking.k8s.io/v1` `HTTPRoute` (`backendRefs` with weights) and
//! `networking.k8s.io/v1` `Ingress` with ingress-nginx' canary annotations. Leaves out: hosts, paths,
//! headers and filters; the first rule takes all requests. What stands behind a route is chosen
//! request by request, so a client's kept connection ends at the route.

use crate::api::{DataObject, Kind, Name, Service, Uid, Value};

/// A Service's port as a route names it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Number(u16),
    Name(Name),
}

/// A Service behind a route, as the route names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference {
    service: Name,
    port: Port,
    weight: u64,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    host: Name,
    references: Vec<Reference>,
    /// Of a hundred requests of the Ingress with the same host, how many this one takes.
    canary: Option<u64>,
}

/// A Service's port behind a stream of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    pub(super) service: Uid,
    /// Its namespace and name.
    pub(super) key: (Name, Name),
    /// The port's name.
    pub(super) port: Name,
    pub(super) weight: u64,
}

/// A Service as routes look for it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) uid: Uid,
    pub(super) key: (Name, Name),
    pub(super) ports: Vec<(u16, Name)>,
}

impl Known {
    pub(super) fn of(service: &Service) -> Self {
        let ports = service.spec.ports.iter().map(|port| (port.port, port.name.clone()));
        let key = (service.meta.namespace.clone(), service.meta.name.clone());
        Self { uid: service.meta.uid, key, ports: ports.collect() }
    }

    /// All requests to the Service's first port.
    pub(super) fn backend(&self) -> Backend {
        let port = self.ports.first().map(|(_, name)| name.clone()).unwrap_or_default();
        Backend { service: self.uid, key: self.key.clone(), port, weight: 1 }
    }
}

impl Route {
    /// Reads an `HTTPRoute` or an Ingress; `None` for other kinds.
    pub(super) fn of(object: &DataObject) -> Option<Self> {
        match object.kind {
            Kind::HttpRoute => Some(Self::of_http_route(object)),
            Kind::Ingress => Some(Self::of_ingress(object)),
            _ => None,
        }
    }

    fn of_http_route(object: &DataObject) -> Self {
        let rule = first(object.at(&["spec", "rules"]));
        let references = rule.and_then(|rule| rule.get("backendRefs")).and_then(Value::as_list);
        let reference = |value: &Value| {
            let weight = value.get("weight").and_then(Value::as_int).unwrap_or(1);
            Some(Reference {
                service: value.get("name")?.scalar_text()?,
                port: Port::Number(number(value.get("port")?)?),
                weight: u64::try_from(weight).unwrap_or(0),
            })
        };
        let references = references.unwrap_or_default().iter().filter_map(reference).collect();
        Self { host: Name::default(), references, canary: None }
    }

    fn of_ingress(object: &DataObject) -> Self {
        let rule = first(object.at(&["spec", "rules"]));
        let path = rule.and_then(|rule| first(rule.at(&["http", "paths"])?));
        let backend = path.and_then(|path| path.get("backend"));
        let backend = backend.or_else(|| object.body.at(&["spec", "defaultBackend"]));
        let reference = || {
            let service = backend?.get("service")?;
            let port = service.get("port")?;
            let by_name = || Some(Port::Name(port.get("name")?.scalar_text()?));
            let port = port.get("number").and_then(number).map(Port::Number).or_else(by_name)?;
            Some(Reference { service: service.get("name")?.scalar_text()?, port, weight: 100 })
        };
        let annotation =
            |key: &str| object.meta.annotation(&format!("nginx.ingress.kubernetes.io/{key}"));
        let weight = annotation("canary-weight").and_then(|weight| weight.parse().ok());
        let is_canary = annotation("canary") == Some("true");
        Self {
            host: rule.and_then(|rule| rule.get("host")?.scalar_text()).unwrap_or_default(),
            references: reference().into_iter().collect(),
            canary: is_canary.then_some(weight.unwrap_or(0).min(100)),
        }
    }

    /// Whether it only takes a share of another route's requests.
    pub(super) const fn is_canary(&self) -> bool {
        self.canary.is_some()
    }

    /// The Services behind it and their shares, with those of canaries for it. A Service or port
    /// that is not there keeps its share, which fails.
    pub(super) fn backends<'a>(
        &self,
        namespace: &Name,
        routes: impl Iterator<Item = (&'a Name, &'a Self)>,
        services: &[Known],
    ) -> Vec<Backend> {
        let find = |reference: &Reference, weight: u64| {
            let is_meant =
                |known: &&Known| known.key.0 == *namespace && known.key.1 == reference.service;
            let known = services.iter().find(is_meant);
            let port = known.and_then(|known| match &reference.port {
                Port::Number(number) => known.ports.iter().find(|(known, _)| known == number),
                Port::Name(name) => known.ports.iter().find(|(_, known)| known == name),
            });
            Backend {
                service: known.map(|known| known.uid).unwrap_or_default(),
                key: (namespace.clone(), reference.service.clone()),
                port: port.map_or_else(|| "?".into(), |(_, name)| name.clone()),
                weight,
            }
        };
        let mut backends = Vec::new();
        let mut canaries = 0;
        for (other_namespace, other) in routes {
            let Some(weight) = other.canary else { continue };
            if other_namespace == namespace && other.host == self.host {
                let weight = weight.min(100 - canaries);
                canaries += weight;
                backends.extend(other.references.iter().map(|to| find(to, weight)));
            }
        }
        let own = |to: &Reference| find(to, to.weight * (100 - canaries));
        // Shares of canaries are in hundredths, so the others' are too.
        for backend in &mut backends {
            backend.weight *= self.references.iter().map(|to| to.weight).sum::<u64>();
        }
        backends.extend(self.references.iter().map(own));
        backends
    }
}

/// Chooses by weight; `None` when all are 0. `draw` are random bits.
pub(super) fn choose(backends: &[Backend], draw: u64) -> Option<&Backend> {
    if let [only] = backends {
        return Some(only).filter(|only| only.weight > 0);
    }
    let total: u64 = backends.iter().map(|backend| backend.weight).sum();
    let place = (u128::from(draw) * u128::from(total)) >> 64;
    let mut place = u64::try_from(place).ok()?;
    backends.iter().find(|backend| {
        let found = place < backend.weight;
        place = place.saturating_sub(backend.weight);
        found
    })
}

fn first(list: &Value) -> Option<&Value> {
    list.as_list()?.first()
}

fn number(value: &Value) -> Option<u16> {
    u16::try_from(value.as_int()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_divide_the_draws() {
        let backend = |weight| Backend {
            service: Uid::default(),
            key: (Name::default(), Name::default()),
            port: Name::default(),
            weight,
        };
        let backends = [backend(90), backend(0), backend(10)];
        let chosen = |draw: u64| {
            let chosen = choose(&backends, draw);
            chosen.and_then(|chosen| backends.iter().position(|known| known == chosen))
        };
        assert_eq!(chosen(0), Some(0));
        assert_eq!(chosen(u64::MAX / 10 * 9 - 1), Some(0));
        assert_eq!(chosen(u64::MAX / 10 * 9 + 99), Some(2));
        assert_eq!(chosen(u64::MAX), Some(2));
        assert!(
            choose(&[backend(0)], 7).is_none() && choose(&[backend(0), backend(0)], 7).is_none()
        );
    }
}
