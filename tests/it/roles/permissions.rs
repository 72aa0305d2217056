//! Who may do what.

use barqnet_db::{
    plans::Limits,
    queries::users,
    roles::{self, ActOutcome, Permission, Role, Scope},
};

use super::support::{acts, created_by, trail, with_role};
use crate::common::{execute_sql, migrated_database, user};

const ALL: [Permission; 7] = [
    Permission::AssignPlans,
    Permission::ChangePlans,
    Permission::ChangeRoles,
    Permission::DeactivateUsers,
    Permission::EndConnections,
    Permission::EndSessions,
    Permission::ReadUsers,
];

#[tokio::test]
async fn roles_have_the_permissions_of_the_documentation() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let granted = roles::permissions(&client).await.unwrap();
    let of = |role: Role, scope: Scope| -> Vec<_> {
        let of_role = granted.iter().filter(|granted| granted.role == role.as_str() && granted.scope == scope);
        of_role.map(|granted| granted.permission).collect()
    };
    assert_eq!(of(Role::Admin, Scope::All), ALL);
    assert_eq!(
        of(Role::Support, Scope::All),
        [Permission::EndConnections, Permission::EndSessions, Permission::ReadUsers]
    );
    assert_eq!(
        of(Role::Reseller, Scope::Created),
        [
            Permission::AssignPlans,
            Permission::DeactivateUsers,
            Permission::EndConnections,
            Permission::EndSessions,
            Permission::ReadUsers
        ]
    );
    assert_eq!(granted.len(), 15, "a user has none, and nobody has another one");
}

#[tokio::test]
async fn only_a_usable_account_whose_role_has_the_permission_may_act() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (admin, support) = (with_role(&client, Role::Admin).await, with_role(&client, Role::Support).await);
    let (nobody, ada) = (with_role(&client, Role::User).await, user(&client, "ada").await);
    let other = user(&client, "other").await;
    users::set_role().bind(&client, &"moderator", &other).await.unwrap();
    for (actor, expected) in [(admin, true), (support, true), (nobody, false), (ada, false), (other, false), (0, false)]
    {
        let outcome = acts(&pool, actor).user("ada").await.unwrap();
        assert_eq!(matches!(outcome, ActOutcome::Done(Some(_))), expected, "{actor}: {outcome:?}");
        assert_eq!(outcome == ActOutcome::Refused, !expected);
    }
    assert_eq!(acts(&pool, support).deactivate("ada").await.unwrap(), ActOutcome::Refused);
    assert_eq!(acts(&pool, admin).user("nobody-of-this-name").await.unwrap(), ActOutcome::NoSubject);
    for unusable in ["active = FALSE", "active = TRUE, expires_at = NOW() - INTERVAL '1 second'"] {
        execute_sql(&database, &format!("UPDATE users SET {unusable} WHERE id = {admin}")).await;
        assert_eq!(acts(&pool, admin).user("ada").await.unwrap(), ActOutcome::Refused, "{unusable}");
    }
}

#[tokio::test]
async fn a_reseller_acts_upon_the_accounts_it_created_and_learns_of_no_other() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let reseller = with_role(&client, Role::Reseller).await;
    created_by(&database, &client, "mine", "reseller").await;
    user(&client, "foreign").await;
    let acting = acts(&pool, reseller);
    assert!(matches!(acting.deactivate("mine").await.unwrap(), ActOutcome::Done(Some(_))));
    for name in ["foreign", "nobody-of-this-name", "reseller"] {
        assert_eq!(acting.deactivate(name).await.unwrap(), ActOutcome::Refused, "{name}");
    }
    assert!(users::by_username().bind(&client, &"foreign").one().await.unwrap().active);
    // Support acts upon all accounts, a reseller upon its own only.
    let clerk = created_by(&database, &client, "clerk", "reseller").await;
    users::set_role().bind(&client, &Role::Support, &clerk).await.unwrap();
    assert_eq!(acting.deactivate("clerk").await.unwrap(), ActOutcome::Refused);
    // A permission that is about no account has no one that was created.
    roles::grant(&client, Role::Reseller, Permission::ChangePlans, Scope::Created).await.unwrap();
    assert_eq!(acting.create_plan("gold", &Limits::default()).await.unwrap(), ActOutcome::Refused);
}

#[tokio::test]
async fn nobody_acts_upon_an_account_that_may_do_more_or_gives_a_role_that_may() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (admin, support) = (with_role(&client, Role::Admin).await, with_role(&client, Role::Support).await);
    user(&client, "ada").await;
    let acting = acts(&pool, support);
    assert_eq!(acting.end_sessions("admin").await.unwrap(), ActOutcome::Refused);
    assert_eq!(acting.end_sessions("ada").await.unwrap(), ActOutcome::Done(0));
    roles::grant(&client, Role::Support, Permission::ChangeRoles, Scope::All).await.unwrap();
    assert_eq!(acting.change_role("support", Role::Admin).await.unwrap(), ActOutcome::Refused);
    assert_eq!(acting.change_role("ada", Role::Reseller).await.unwrap(), ActOutcome::Refused, "it assigns plans");
    assert_eq!(acting.change_role("ada", Role::Support).await.unwrap(), ActOutcome::Done(Some(0)));
    assert_eq!(acting.grant(Role::Support, Permission::ChangePlans, Scope::All).await.unwrap(), ActOutcome::Refused);
    assert_eq!(acting.revoke(Role::Admin, Permission::ChangePlans).await.unwrap(), ActOutcome::Refused);
    assert_eq!(acting.grant(Role::User, Permission::ReadUsers, Scope::Created).await.unwrap(), ActOutcome::Done(()));
    let acting = acts(&pool, admin);
    assert_eq!(acting.revoke(Role::Support, Permission::ChangeRoles).await.unwrap(), ActOutcome::Done(true));
    assert_eq!(acting.revoke(Role::Support, Permission::ChangeRoles).await.unwrap(), ActOutcome::Done(false));
    assert_eq!(acting.change_role("ada", Role::Admin).await.unwrap(), ActOutcome::Done(Some(0)));
    assert_eq!(acting.change_role("ada", Role::Admin).await.unwrap(), ActOutcome::Done(None));
    assert_eq!(trail(&database).await.iter().filter(|entry| entry.starts_with("refused_")).count(), 5);
}
