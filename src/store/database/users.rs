//! Users and their password hashes.

use cardea_entity::users;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use time::OffsetDateTime;

use super::{StoreError, Tables};
use crate::model::id::UserId;
use crate::model::revocation::Position;
use crate::model::user::{User, UserStatus, fold};

/// What a new user is made of.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub username: Option<String>,
    pub display_name: Option<String>,
    /// An Argon2id PHC string.
    pub password_hash: String,
}

/// A name that somebody else already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Email,
    Username,
}

/// A user with what the password is checked against.
pub struct Credential {
    pub user: User,
    pub password_hash: String,
}

impl Tables<'_> {
    /// Which of these names somebody already has.
    pub async fn taken_names(
        &self,
        email: &str,
        username: Option<&str>,
    ) -> Result<Vec<Taken>, StoreError> {
        let (email, username) = (fold(email), username.map(fold));
        let query = users::Entity::find()
            .filter(
                Condition::any()
                    .add(users::Column::EmailKey.eq(email.as_str()))
                    .add_option(
                        username
                            .as_deref()
                            .map(|name| users::Column::UsernameKey.eq(name)),
                    ),
            )
            .all(&self.executor);
        let holders = self.bounded(query).await?;
        let email_taken = holders.iter().any(|row| row.email_key == email);
        let username_taken =
            username.is_some() && holders.iter().any(|row| row.username_key == username);
        Ok([
            (email_taken, Taken::Email),
            (username_taken, Taken::Username),
        ]
        .into_iter()
        .filter_map(|(is_taken, name)| is_taken.then_some(name))
        .collect())
    }

    /// Adds a user. Of two at once with the same name the database lets one in: the other is told
    /// so by [`StoreError::is_duplicate`].
    pub async fn insert_user(&self, new: NewUser) -> Result<User, StoreError> {
        let row = users::ActiveModel {
            id: Set(UserId::new().0),
            email_key: Set(fold(&new.email)),
            email: Set(new.email),
            username_key: Set(new.username.as_deref().map(fold)),
            username: Set(new.username),
            display_name: Set(new.display_name),
            password_hash: Set(new.password_hash),
            status: Set(UserStatus::Active.as_str().to_owned()),
            cutoff: Set(0),
            created_at: Set(self.clock.now()),
            last_login_at: Set(None),
        };
        user(self.bounded(row.insert(&self.executor)).await?)
    }

    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let query = users::Entity::find_by_id(id.0).one(&self.executor);
        self.bounded(query).await?.map(user).transpose()
    }

    /// Those of these users that there are.
    pub async fn users_among(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids = ids.iter().map(|id| id.0);
        let query = users::Entity::find()
            .filter(users::Column::Id.is_in(ids))
            .all(&self.executor);
        self.bounded(query).await?.into_iter().map(user).collect()
    }

    /// Users in the order of their making, at most `limit`.
    pub async fn users(&self, limit: u64) -> Result<Vec<User>, StoreError> {
        let query = users::Entity::find()
            .order_by_asc(users::Column::Id)
            .limit(limit)
            .all(&self.executor);
        self.bounded(query).await?.into_iter().map(user).collect()
    }

    /// Finds by e-mail address or user name, in any case. User names have no `@`.
    pub async fn credential(&self, identifier: &str) -> Result<Option<Credential>, StoreError> {
        // PostgreSQL has no text with a NUL in it: nobody is called so.
        if identifier.contains('\0') {
            return Ok(None);
        }
        let column = if identifier.contains('@') {
            users::Column::EmailKey
        } else {
            users::Column::UsernameKey
        };
        let query = users::Entity::find()
            .filter(column.eq(fold(identifier)))
            .one(&self.executor);
        self.bounded(query).await?.map(credential).transpose()
    }

    /// The same by id.
    pub async fn credential_of(&self, id: UserId) -> Result<Option<Credential>, StoreError> {
        let query = users::Entity::find_by_id(id.0).one(&self.executor);
        self.bounded(query).await?.map(credential).transpose()
    }

    /// Takes the user's row for the rest of the transaction, so that of two that revoke at once
    /// the second sees what the first did. Says whether there is such a user.
    pub async fn hold_user(&self, id: UserId) -> Result<bool, StoreError> {
        self.update_user(id, users::Column::Cutoff, Expr::col(users::Column::Cutoff))
            .await
    }

    pub async fn set_user_status(
        &self,
        id: UserId,
        status: UserStatus,
    ) -> Result<bool, StoreError> {
        self.update_user(id, users::Column::Status, Expr::value(status.as_str()))
            .await
    }

    pub async fn set_password_hash(&self, id: UserId, hash: &str) -> Result<bool, StoreError> {
        self.update_user(id, users::Column::PasswordHash, Expr::value(hash))
            .await
    }

    pub async fn set_user_cutoff(
        &self,
        id: UserId,
        position: Position,
    ) -> Result<bool, StoreError> {
        self.update_user(id, users::Column::Cutoff, Expr::value(position.0))
            .await
    }

    pub async fn set_last_login(&self, id: UserId, at: OffsetDateTime) -> Result<bool, StoreError> {
        self.update_user(id, users::Column::LastLoginAt, Expr::value(at))
            .await
    }

    /// Replaces a hash by one of the same password with today's cost, unless it was changed since.
    pub async fn renew_password_hash(
        &self,
        id: UserId,
        old: &str,
        new: &str,
    ) -> Result<bool, StoreError> {
        let update = users::Entity::update_many()
            .col_expr(users::Column::PasswordHash, Expr::value(new))
            .filter(users::Column::Id.eq(id.0))
            .filter(users::Column::PasswordHash.eq(old))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }

    /// Deletes the user and, with it, the sessions.
    pub async fn delete_user(&self, id: UserId) -> Result<bool, StoreError> {
        let delete = users::Entity::delete_by_id(id.0).exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected == 1)
    }

    async fn update_user(
        &self,
        id: UserId,
        column: users::Column,
        value: Expr,
    ) -> Result<bool, StoreError> {
        let update = users::Entity::update_many()
            .col_expr(column, value)
            .filter(users::Column::Id.eq(id.0))
            .exec(&self.executor);
        Ok(self.bounded(update).await?.rows_affected == 1)
    }
}

fn credential(row: users::Model) -> Result<Credential, StoreError> {
    let password_hash = row.password_hash.clone();
    Ok(Credential {
        user: user(row)?,
        password_hash,
    })
}

fn user(row: users::Model) -> Result<User, StoreError> {
    let status = UserStatus::parse(&row.status);
    Ok(User {
        id: UserId(row.id),
        email: row.email,
        username: row.username,
        display_name: row.display_name,
        status: status.ok_or(StoreError::Corrupt {
            table: "users",
            column: "status",
        })?,
        cutoff: Position(row.cutoff),
        created_at: row.created_at,
        last_login_at: row.last_login_at,
    })
}
