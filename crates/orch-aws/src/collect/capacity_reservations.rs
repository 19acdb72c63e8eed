//! compute.capacity-reservation: On-Demand Capacity Reservations.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_capacity_reservations::DescribeCapacityReservationsOutput;
use aws_sdk_ec2::types::{
    CapacityReservation, CapacityReservationInstancePlatform, CapacityReservationType, EndDateType,
    Filter,
};
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::ComputeCapacityReservation;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};

use super::ec2::{Ec2List, free, page};
use crate::call::List;
use crate::convert::{Malformed, name, optional_text, required, resource, tags, time};
use crate::names::Names;

/// Capacity Reservations that are active: the others keep nothing free and cost nothing.
pub(super) struct CapacityReservations;

impl Ec2List for CapacityReservations {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.capacity-reservations",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::ComputeCapacityReservation)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeCapacityReservations")],
    };
    type Page = DescribeCapacityReservationsOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(
            list,
            client
                .describe_capacity_reservations()
                .filters(Filter::builder().name("state").values("active").build()),
            capacity_reservations
        )
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.capacity_reservations()
            .iter()
            // What another account shares stands in that account, which pays for it.
            .filter(|found| {
                found
                    .owner_id()
                    .is_none_or(|owner| owner == names.scope().account)
            })
            .map(|found| reservation(names, found))
            .collect()
    }
}

/// One reservation.
fn reservation(names: Names<'_>, found: &CapacityReservation) -> Result<Resource, Malformed> {
    let id = required(found.capacity_reservation_id(), "reservation without id")?;
    let tags = tags(found.tags());
    let committed = found.commitment_info();
    let body = ComputeCapacityReservation {
        state: Field::seen(found.state().map(|state| Text::new(state.as_str()))),
        instance_type: Text::new(required(
            found.instance_type(),
            "reservation without instance type",
        )?),
        platform: Field::seen(found.instance_platform().map(platform)),
        tenancy: Field::seen(found.tenancy().map(|tenancy| Text::new(tenancy.as_str()))),
        zone: Field::seen(found.availability_zone().map(Text::new)),
        total: Field::seen(found.total_instance_count().map(i64::from)),
        available: Field::seen(found.available_instance_count().map(i64::from)),
        ends: match (found.end_date_type(), found.end_date().and_then(time)) {
            (_, Some(end)) => Field::Value(end),
            (Some(EndDateType::Unlimited), None) => Field::None,
            _ => Field::NotRead,
        },
        committed_until: match committed.map(|info| info.commitment_end_date()) {
            None => Field::None,
            Some(end) => Field::seen(end.and_then(time)),
        },
        paid_in_advance: Field::Value(matches!(
            found.reservation_type(),
            Some(CapacityReservationType::CapacityBlock)
        )),
        unused_billed_to: optional_text(found.unused_reservation_billing_owner_id()),
    };
    let (uid, name) = (names.ec2(None, "capacity-reservation", id), name(&tags, id));
    Ok(resource(
        names,
        uid,
        name,
        Field::Value(tags),
        Field::seen(found.create_date().and_then(time)),
        body,
        [],
    ))
}

/// The system, as instances tell it; what has a licence of its own keeps its name, because it costs more.
fn platform(found: &CapacityReservationInstancePlatform) -> Text {
    match found {
        CapacityReservationInstancePlatform::LinuxUnix => Text::new_static("linux"),
        CapacityReservationInstancePlatform::Windows => Text::new_static("windows"),
        other => Text::new(other.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::builders::CapacityReservationBuilder;
    use aws_sdk_ec2::types::{
        CapacityReservationCommitmentInfo, CapacityReservationState, CapacityReservationTenancy,
    };
    use aws_smithy_types::DateTime;
    use orch_model::{Body, Provider, Scope};

    use super::*;

    fn found() -> CapacityReservationBuilder {
        CapacityReservation::builder()
            .capacity_reservation_id("cr-1")
            .owner_id("111122223333")
            .instance_type("m5.xlarge")
            .instance_platform(CapacityReservationInstancePlatform::LinuxUnix)
            .tenancy(CapacityReservationTenancy::Default)
            .availability_zone("eu-west-1a")
            .state(CapacityReservationState::Active)
            .total_instance_count(5)
            .available_instance_count(3)
            .end_date_type(EndDateType::Unlimited)
    }

    fn read(found: CapacityReservationBuilder) -> Vec<(Resource, ComputeCapacityReservation)> {
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let page = DescribeCapacityReservationsOutput::builder()
            .capacity_reservations(found.build())
            .build();
        let read = CapacityReservations::resources(Names::new(&scope), &page).unwrap();
        let body = |resource: Resource| match resource.body.clone() {
            Body::ComputeCapacityReservation(body) => (resource, *body),
            other => panic!("{other:?}"),
        };
        read.into_iter().map(body).collect()
    }

    #[test]
    fn a_reservation_tells_what_it_keeps_free_and_how_much_of_it_is_not_used() {
        let (resource, body) = read(found()).remove(0);
        assert_eq!(
            resource.uid.as_str(),
            "arn:aws:ec2:eu-west-1:111122223333:capacity-reservation/cr-1"
        );
        assert_eq!(
            (body.total, body.available),
            (Field::Value(5), Field::Value(3))
        );
        assert_eq!(body.instance_type, "m5.xlarge");
        assert_eq!(body.platform, Field::Value("linux".into()));
        assert_eq!(body.zone, Field::Value("eu-west-1a".into()));
        assert_eq!(
            (body.ends, body.committed_until),
            (Field::None, Field::None)
        );
        assert_eq!(body.paid_in_advance, Field::Value(false));
        assert_eq!(body.unused_billed_to, Field::None);
    }

    #[test]
    fn what_was_promised_or_paid_is_told() {
        let until = CapacityReservationCommitmentInfo::builder()
            .commitment_end_date(DateTime::from_secs(86_400))
            .build();
        let (_, body) = read(
            found()
                .commitment_info(until)
                .reservation_type(CapacityReservationType::CapacityBlock)
                .end_date_type(EndDateType::Limited)
                .end_date(DateTime::from_secs(172_800))
                .unused_reservation_billing_owner_id("444455556666"),
        )
        .remove(0);
        let day =
            |number: u32| Field::Value(format!("1970-01-0{number}T00:00:00Z").parse().unwrap());
        assert_eq!((body.committed_until, body.ends), (day(2), day(3)));
        assert_eq!(body.paid_in_advance, Field::Value(true));
        assert_eq!(body.unused_billed_to, Field::Value("444455556666".into()));
    }

    #[test]
    fn what_the_answer_leaves_out_was_not_read() {
        let bare = CapacityReservation::builder()
            .capacity_reservation_id("cr-1")
            .instance_type("m5.xlarge");
        let (_, body) = read(bare).remove(0);
        assert_eq!(
            (body.total, body.available),
            (Field::NotRead, Field::NotRead)
        );
        assert_eq!((body.ends, body.platform), (Field::NotRead, Field::NotRead));
    }

    #[test]
    fn licences_keep_their_names_and_what_others_share_is_theirs() {
        let (_, body) =
            read(found().instance_platform(CapacityReservationInstancePlatform::SuseLinux))
                .remove(0);
        assert_eq!(body.platform, Field::Value("SUSE Linux".into()));
        assert!(read(found().owner_id("444455556666")).is_empty());
    }
}
