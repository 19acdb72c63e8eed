//! Requests that are declared: the list of requests, the role and the collectors follow from them.

use azure_core::http::Method;
use orch_collect::{Charge, Operation};
use serde_json::Value;

use super::lookup::Around;
use crate::call::Ask;
use crate::client::Client;
use crate::node::Node;

/// A free operation: everything in Resource Manager is.
pub(super) const fn free(name: &'static str) -> Operation {
    Operation {
        name,
        charge: Charge::Free,
    }
}

/// A request that is declared, so that the list of requests and the role follow from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// How it is asked.
    pub(crate) method: Method,
    /// The action that a role must allow: `Microsoft.Compute/disks/read`.
    pub(crate) operation: &'static str,
    /// Its path. `{subscription}` is the account; `{id}` at its beginning is the resource it is asked for.
    pub(crate) path: &'static str,
    /// The version of the API.
    pub(crate) version: &'static str,
    /// What else is asked for.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The question, where Resource Graph is asked.
    pub(crate) graph: Option<&'static str>,
}

impl Source {
    /// A plain GET.
    pub(crate) const fn get(
        operation: &'static str,
        path: &'static str,
        version: &'static str,
    ) -> Self {
        Self {
            method: Method::Get,
            operation,
            path,
            version,
            query: &[],
            graph: None,
        }
    }

    /// A question that is asked by POST and changes nothing.
    pub(crate) const fn post(
        operation: &'static str,
        path: &'static str,
        version: &'static str,
    ) -> Self {
        Self {
            method: Method::Post,
            ..Self::get(operation, path, version)
        }
    }

    /// The same with more to ask for.
    pub(crate) const fn with(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// Its path as the list of operations has it, asked for a resource with the pattern `of`.
    #[cfg(test)]
    pub(crate) fn pattern(&self, of: &str) -> String {
        self.path.replace("{id}", of)
    }

    /// As a question about a subscription, or about a resource in it.
    pub(crate) fn ask(&self, client: &Client, account: &str, id: &str) -> Ask {
        self.about(client, account, id, &[], None)
    }

    /// The same with what is only known when it is asked.
    pub(crate) fn about(
        &self,
        client: &Client,
        account: &str,
        id: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Ask {
        let path = self
            .path
            .replace("{subscription}", account)
            .replace("{id}", id.trim_end_matches('/'));
        let query = self.query.iter().chain(query).copied();
        Ask::new(client, self, &path, query, body)
    }
}

/// What the ids of a list look like, as the list of operations has it.
#[cfg(test)]
pub(super) fn instance(list: &str) -> String {
    let in_group = list.replacen(
        "/subscriptions/{subscription}/providers/",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/",
        1,
    );
    format!("{in_group}/{{name}}")
}

/// Whether a part is a list of things or one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Pages of elements that link to each other.
    List,
    /// Pages of elements, each asked for with the token that the one before gave.
    Tokens,
    /// One answer, which is the only element.
    One,
}

/// Something that must be asked for each resource of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// What the decoder calls it.
    pub(super) name: &'static str,
    /// What is asked; its path begins with `{id}`.
    pub(super) source: Source,
    /// What comes back.
    pub(super) shape: Shape,
    /// For which resources it is asked.
    pub(super) when: fn(&Around<'_>, Node<'_>) -> bool,
    /// Whether 404 says that there is none.
    pub(super) none_on_404: bool,
    /// The fields that it tells, by their paths (`body.allowed`). None when all it brings is resources of their
    /// own: then the whole read is incomplete without it.
    pub(super) fields: &'static [&'static str],
    /// Whether it brings resources of their own beside these fields: then both lack without it.
    pub(super) brings: bool,
    /// What must be asked for each of its elements.
    pub(super) parts: &'static [Self],
}

impl Part {
    /// A list that is asked for every resource.
    pub(super) const fn list(name: &'static str, source: Source) -> Self {
        Self {
            name,
            source,
            shape: Shape::List,
            when: |_, _| true,
            none_on_404: false,
            fields: &[],
            brings: false,
            parts: &[],
        }
    }

    /// A list in pages with tokens that is asked for every resource.
    pub(super) const fn tokens(name: &'static str, source: Source) -> Self {
        Self {
            shape: Shape::Tokens,
            ..Self::list(name, source)
        }
    }

    /// One thing that is asked for every resource.
    pub(super) const fn one(name: &'static str, source: Source) -> Self {
        Self {
            shape: Shape::One,
            ..Self::list(name, source)
        }
    }
}

/// A list of the subscription that is read beside the list itself, to look things up in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// What the decoder calls it.
    pub(super) name: &'static str,
    /// What is asked.
    pub(super) source: Source,
    /// Whether other collectors look things up in it too: then it is read once for all of them.
    pub(super) shared: bool,
    /// The fields that it tells, by their paths.
    pub(super) fields: &'static [&'static str],
}
