//! os_login: whether people sign in to a machine with their own accounts, by its own word or its project's.

use orch_model::{Body, Dataset, Field, Kind, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

const ACCOUNTS: Dataset = Dataset::Kind(Kind::CloudAccount);

pub(super) struct OsLogin;

impl Fact for OsLogin {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "os_login",
            kinds: &[Kind::ComputeInstance],
            schema: || schema_for!(Option<bool>),
            needs: &[ACCOUNTS],
            about: "Whether people sign in to it with their own accounts (OS Login of Google Cloud): what its \
                    own metadata say, else what those of its project say. None on other clouds.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::ComputeInstance(body) = &resource.body else {
            return Ok(Field::None);
        };
        let own = match &body.gcp {
            Field::Value(gcp) => gcp.os_login,
            Field::None => return Ok(Field::None),
            Field::NotRead => return Ok(Field::NotRead),
        };
        if own != Field::None {
            return Ok(own.map(Value::Bool));
        }
        let accounts = inventory.list_account(Kind::CloudAccount, &resource.scope);
        for account in accounts.items {
            let Body::CloudAccount(project) = &account.body else {
                continue;
            };
            let theirs = match &project.gcp {
                Field::Value(gcp) => gcp.os_login,
                Field::None => Field::None,
                Field::NotRead => Field::NotRead,
            };
            return match theirs {
                Field::Value(on) => Ok(Field::Value(Value::Bool(on))),
                Field::None => Ok(Field::Value(Value::Bool(false))),
                Field::NotRead => {
                    Err(Unseen::of_part(account, "gcp.os_login").unwrap_or_else(|| {
                        Unseen::untold("OS Login of the project", "the provider did not tell")
                    }))
                }
            };
        }
        accounts.complete?;
        Ok(Field::NotRead)
    }
}
