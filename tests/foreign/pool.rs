// Threads that share the receiving end of a channel, idle for a while, and others that wait on a condition, read a lock
// and are parked: all of it ends.
use std::sync::{mpsc, Arc, Condvar, Mutex, RwLock};
use std::thread;
use std::time::Duration;

fn main() {
    let (send, receive) = mpsc::channel::<u32>();
    let (answer, answers) = mpsc::channel::<u32>();
    let receive = Arc::new(Mutex::new(receive));
    let seen = Arc::new(RwLock::new(0));
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let mut threads = Vec::new();
    for _ in 0..4 {
        let (receive, answer, seen, gate) = (receive.clone(), answer.clone(), seen.clone(), gate.clone());
        threads.push(thread::spawn(move || {
            loop {
                let got = receive.lock().unwrap().recv();
                let Ok(n) = got else { break };
                *seen.write().unwrap() += 1;
                answer.send(n * n).unwrap();
            }
            let mut open = gate.0.lock().unwrap();
            while !*open {
                open = gate.1.wait(open).unwrap();
            }
        }));
    }
    let parked = thread::spawn(|| thread::park());
    for round in 0..2 {
        thread::sleep(Duration::from_millis(1500));
        for n in 0..500 {
            send.send(n).unwrap();
        }
        let sum: u32 = (0..500).map(|_| answers.recv().unwrap()).sum();
        println!("{} {} {}", round, sum, *seen.read().unwrap());
    }
    drop(send);
    thread::sleep(Duration::from_millis(500));
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    parked.thread().unpark();
    for t in threads {
        t.join().unwrap();
    }
    parked.join().unwrap();
}
