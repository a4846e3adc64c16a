//! The contract of every store, on a SQLite file and on a PostgreSQL database, a fresh one for
//! each promise.

mod sqlite {
    use crate::support::{Kind, fresh, unpacked};

    podarmor_domain::contract_suite!(fresh(Kind::Sqlite), unpacked);
}

mod postgres {
    use crate::support::{Kind, fresh, unpacked};

    podarmor_domain::contract_suite!(fresh(Kind::Postgres), unpacked);
}
