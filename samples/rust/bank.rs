// Two accounts, a std::sync::Mutex each. A transfer locks the account that it takes from, then the other one. Two
// transfers in opposite directions each have one and wait for the other. Fixed: always the lower number first.
//
// Who has a Mutex of Rust is not known: it is found as no thread is left that could release one.
//
// expect-faulty: deadlock error certain threads=3
// expect-fixed: none
// stderr-has-faulty: waits for Rust Mutex
// stderr-has-faulty: transfer at samples/rust/bank.rs:28
// json-faulty: sorted(lock["kind"] for lock in f["locks"]) == ["futex", "futex", "thread"]
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

struct Account {
    number: u32,
    balance: Mutex<i64>,
}

#[inline(never)]
fn transfer(from: &Account, to: &Account, amount: i64, ready: &Barrier) {
    let (first, second) = if cfg!(faulty) || from.number < to.number { (from, to) } else { (to, from) };
    let mut one = first.balance.lock().unwrap();
    if cfg!(faulty) {
        ready.wait(); // both have the first
    }
    let sign = if first.number == from.number { 1 } else { -1 };
    *one -= sign * amount;
    let mut other = second.balance.lock().unwrap();
    *other += sign * amount;
}

fn main() {
    let accounts: Vec<_> = (0..2).map(|number| Arc::new(Account { number, balance: Mutex::new(100) })).collect();
    let ready = Arc::new(Barrier::new(2));
    let threads: Vec<_> = (0..2)
        .map(|i| {
            let (from, to, ready) = (accounts[i].clone(), accounts[1 - i].clone(), ready.clone());
            thread::spawn(move || transfer(&from, &to, 10 + i as i64, &ready))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("{} and {}", accounts[0].balance.lock().unwrap(), accounts[1].balance.lock().unwrap());
}
