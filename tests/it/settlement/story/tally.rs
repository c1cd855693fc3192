//! What the walk did, counted by itself: what each account has to hold, and what each statement has to come to.

use std::collections::BTreeMap;
use std::mem::take;

use ledger::points::Points;

/// Hundredths of a point, or fen, as they are told.
pub fn told(hundredths: i64) -> String {
    Points::from_hundredths(hundredths).to_string()
}

/// Who bears what is redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bears {
    /// The merchant, or who gave the goods: nothing is paid.
    Nobody,
    /// The street, for what is paid without an offer.
    Street,
    /// The union, for its own offer.
    Union,
}

impl Bears {
    /// In tenths of a fen a point.
    const fn rate(self) -> i64 {
        match self {
            Self::Nobody => 0,
            Self::Street => 855,
            Self::Union => 1_200,
        }
    }

    /// So many hundredths of a point in fen, half a fen rounded up.
    const fn fen(self, hundredths: i64) -> i64 {
        (hundredths * self.rate() + 500) / 1_000
    }
}

/// What a store has of a rider.
#[derive(Debug)]
struct Taken {
    rider: usize,
    store: usize,
    bears: Bears,
    net: i64,
}

/// Points and fen.
type Sums = (i64, i64);

/// See the module. Amounts are hundredths of a point, and fen.
#[derive(Debug, Default)]
pub struct Tally {
    appropriated: i64,
    /// By rider.
    pub earned: [i64; 3],
    spent: [i64; 3],
    /// What the street and the union put in, and what is left of it.
    received: [i64; 2],
    used: [i64; 2],
    taken: BTreeMap<String, Taken>,
    /// By store: what no statement covers, what a frozen one does, and both together once paid.
    uncovered: [Sums; 2],
    frozen: [Sums; 2],
    paid: Sums,
    /// What comes out of the funds with the next statement of a store.
    due: [[i64; 2]; 2],
}

impl Tally {
    /// Points for a budget, and fen of two funders.
    pub fn new(appropriated: i64, received: [i64; 2]) -> Self {
        Self {
            appropriated,
            received,
            ..Self::default()
        }
    }

    /// A store took so much of a rider.
    pub fn took(&mut self, redemption: &str, who: (usize, usize), bears: Bears, hundredths: i64) {
        let (rider, store) = who;
        let nothing = Taken {
            rider,
            store,
            bears,
            net: 0,
        };
        self.taken.insert(redemption.to_owned(), nothing);
        self.moved(redemption, hundredths);
    }

    /// It gave so much of that back.
    pub fn gave_back(&mut self, redemption: &str, hundredths: i64) {
        self.moved(redemption, -hundredths);
    }

    fn moved(&mut self, redemption: &str, hundredths: i64) {
        let taken = self.taken.get_mut(redemption).expect("it was taken");
        let before = taken.bears.fen(taken.net);
        taken.net += hundredths;
        let money = taken.bears.fen(taken.net) - before;
        self.spent[taken.rider] += hundredths;
        let (points, fen) = &mut self.uncovered[taken.store];
        *points += hundredths;
        *fen += money;
        match taken.bears {
            Bears::Nobody => {}
            Bears::Street => self.due[taken.store][0] += money,
            Bears::Union => self.due[taken.store][1] += money,
        }
    }

    /// What can be spent.
    pub fn left(&self, rider: usize) -> i64 {
        self.earned[rider] - self.spent[rider]
    }

    /// A store's next statement: points and fen.
    pub fn freeze(&mut self, store: usize) -> Sums {
        self.frozen[store] = take(&mut self.uncovered[store]);
        for (fund, due) in take(&mut self.due[store]).into_iter().enumerate() {
            self.used[fund] += due;
        }
        self.frozen[store]
    }

    /// It was paid.
    pub fn pay(&mut self, store: usize) {
        let (points, fen) = take(&mut self.frozen[store]);
        self.paid.0 += points;
        self.paid.1 += fen;
    }

    /// What is left of what the street and the union put in.
    pub fn funds(&self) -> [i64; 2] {
        [0, 1].map(|fund| self.received[fund] - self.used[fund])
    }

    /// Every account that has to hold something, by its name, while no points are on hold.
    pub fn accounts(&self, owners: &Owners) -> BTreeMap<String, String> {
        let awarded: i64 = self.earned.iter().sum();
        let received: i64 = self.received.iter().sum();
        let mut held = vec![
            ("program:issued".to_owned(), -self.appropriated),
            (
                of("program:budget", &owners.budget),
                self.appropriated - awarded,
            ),
            ("program:redeemed".to_owned(), self.paid.0),
            ("bank".to_owned(), self.paid.1 - received),
        ];
        for (rider, id) in owners.riders.iter().enumerate() {
            held.push((of("member:wallet", id), self.left(rider)));
        }
        for (fund, left) in owners.funders.iter().zip(self.funds()) {
            held.push((of("funder:fund", fund), left));
        }
        for (store, id) in owners.stores.iter().enumerate() {
            held.push((of("merchant:accepted", id), self.uncovered[store].0));
            held.push((of("merchant:settling", id), self.frozen[store].0));
            held.push((of("merchant:payable", id), self.frozen[store].1));
        }
        held.retain(|(_, balance)| *balance != 0);
        let held = held.into_iter();
        held.map(|(account, balance)| (account, told(balance)))
            .collect()
    }
}

/// Whose accounts there are.
#[derive(Debug)]
pub struct Owners {
    pub budget: String,
    pub riders: [String; 3],
    pub stores: [String; 2],
    /// The street and the union.
    pub funders: [String; 2],
}

fn of(kind: &str, owner: &str) -> String {
    format!("{kind}:{owner}")
}
