// Two threads acquire two std::sync::Mutex in two orders, and main joins them.
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

fn main() {
    let (a, b, both) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)), Arc::new(Barrier::new(2)));
    let (a2, b2, both2) = (a.clone(), b.clone(), both.clone());
    let one = thread::spawn(move || {
        let _a = a.lock().unwrap();
        both.wait();
        let _b = b.lock().unwrap();
    });
    let two = thread::spawn(move || {
        let _b = b2.lock().unwrap();
        both2.wait();
        let _a = a2.lock().unwrap();
    });
    one.join().unwrap();
    two.join().unwrap();
}
