// expect: deadlock error certain threads=2 locks=a,b
// json: all(f["coffman"][c]["met"] is True and f["coffman"][c]["evidence"] for c in f["coffman"])
// json: set(f["coffman"]) == {"mutual_exclusion", "hold_and_wait", "no_preemption", "circular_wait"}
// json: len(f["cycle"]) == 2 and f["cycle"][0]["wants"] == f["cycle"][1]["holds"]
// json: f["cycle"][1]["wants"] == f["cycle"][0]["holds"]
// json: {l["id"] for l in f["locks"]} == {e["wants"] for e in f["cycle"]}
// json: all(t["waits"]["lock"] in {l["id"] for l in f["locks"]} for t in f["threads"])
// json: f["message"] and f["advice"] and f["count"] == 1
// json: doc["schema"] == "lockwatch/1" and len(doc["findings"]) == 1

// The parts of a finding agree with each other, and the four conditions come with their evidence.
#include "mutex_abba.c"
