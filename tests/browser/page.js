// Opens what `lockwatch report --format=html` wrote in chromium: page.js MODULES CHROMIUM FOLDER. What is wrong is printed;
// exits with 0 if nothing is. FOLDER has deadlock.html, orders.html (12 of them), hostile.html and many.html (1,000).
"use strict";
const path = require("path");
const [, , modules, chromium, folder] = process.argv;
const playwright = require(path.join(modules, "playwright-core"));
const axe = require.resolve(path.join(modules, "axe-core"));
let bad = 0;

function check(good, ...what) {
    if (good)
        return;
    bad++;
    console.log("FAIL", ...what);
}

// A page, with whatever it must not do: any request but for itself, words on the console, errors, dialogs.
async function open(browser, name, options, hash) {
    const context = await browser.newContext(Object.assign({ viewport: { width: 1280, height: 900 } }, options));
    const page = await context.newPage(), url = "file://" + path.join(folder, name);
    await page.route("**/*", (route) => route.request().url().split("#")[0] === url ? route.continue() : route.abort());
    page.on("request", (request) => check(request.url().split("#")[0] === url, name, "asked for", request.url()));
    page.on("console", (message) => check(false, name, "console:", message.text()));
    page.on("pageerror", (error) => check(false, name, "error:", error.message));
    page.on("dialog", (dialog) => { check(false, name, "dialog:", dialog.message()); dialog.dismiss(); });
    await page.goto(url + (hash || ""));
    return page;
}

const visible = (page, selector) => page.locator(selector + ":visible").allInnerTexts();
const shown = (page) => page.locator("#shown").innerText();

async function graph(browser) {
    const page = await open(browser, "deadlock.html");
    const entries = () => visible(page, ".finding .entry");
    check((await page.locator(".finding svg .of-lock").count()) === 5, "locks drawn");
    check((await page.locator(".finding svg .of-thread").count()) === 5, "threads drawn");
    check((await entries()).length === 10, "stacks", await entries());
    await page.locator(".finding svg .of-lock").first().click();
    const texts = await entries();
    check(texts.length === 2 && texts.some((t) => /^holds /.test(t)) && texts.some((t) => /^waits for /.test(t)),
        "a click on a lock shows who holds it and who wants it", texts);
    check(texts.every((t) => /^ *5[46]  +pthread_mutex_lock\(.*\);$/m.test(t)), "with source lines", texts);
    check(/^2 places: mutex /.test(await page.locator(".finding .selection").innerText()), "and says so");
    await page.locator(".finding .back").click();
    check((await entries()).length === 10, "Show all");
    await page.locator(".finding svg .of-thread").first().click();
    check((await visible(page, ".finding .thread")).length === 1 && (await entries()).length === 2, "a click on a thread");
    await page.locator(".finding svg .of-thread").first().click();
    check((await entries()).length === 10, "a second click takes it back");
    await page.locator(".finding svg .edge .reach").first().dispatchEvent("click");
    check((await entries()).length === 1, "a click on a line", await entries());
    await page.keyboard.press("Escape");
    check((await entries()).length === 10, "Escape");
    check((await page.locator("#waits svg .node").count()) >= 4, "the wait-for graph");
    await page.locator("#waits svg .of-lock").first().click();
    check((await visible(page, "#waits .entry")).length >= 1, "stacks in the wait-for graph");
    await page.close();
}

async function keyboard(browser) {
    const page = await open(browser, "deadlock.html");
    const at = () => page.evaluate(() => document.activeElement.getAttribute("class") || document.activeElement.id || document.activeElement.tagName);
    for (let i = 0; i < 40 && !/^node/.test(await at()); i++)
        await page.keyboard.press("Tab");
    check(/^node/.test(await at()), "the graph is reached by Tab, but only", await at());
    await page.keyboard.press("Enter");
    check((await page.locator(".finding .selection").innerText()) !== "", "Enter chooses");
    await page.keyboard.press("Escape");
    check((await page.locator(".finding .selection").innerText()) === "", "Escape takes it back");
    await page.locator(".finding > summary").focus();
    await page.keyboard.press("Enter");
    check((await visible(page, ".finding .body")).length === 0, "Enter folds a finding");
    await page.close();
}

async function filters(browser) {
    const page = await open(browser, "orders.html");
    check((await shown(page)) === "12 findings", "count", await shown(page));
    await page.fill("[name=locks]", "LOCK-7-b");
    check((await shown(page)) === "1 of 12 findings" && (await visible(page, ".finding")).length === 1, "lock", await shown(page));
    await page.fill("[name=locks]", "");
    await page.fill("[name=threads]", "T2");
    check((await shown(page)) === "12 findings", "thread", await shown(page));
    await page.fill("[name=threads]", "no such");
    check((await shown(page)) === "0 of 12 findings", "no thread", await shown(page));
    await page.fill("[name=threads]", "");
    await page.fill("[name=files]", "named_orders");
    check((await shown(page)) === "12 findings", "file", await shown(page));
    await page.fill("[name=files]", "other.c");
    check((await shown(page)) === "0 of 12 findings", "no file", await shown(page));
    await page.click("#filter [type=reset]");
    await page.waitForFunction(() => document.getElementById("shown").textContent === "12 findings");
    await page.selectOption("[name=kind]", "lock-order");
    check((await shown(page)) === "12 findings", "kind", await shown(page));
    await page.uncheck("[value=warning]");
    check((await shown(page)) === "0 of 12 findings", "severity", await shown(page));
    check((await page.locator("#all-locks option").count()) === 24, "locks are offered");
    const id = await page.locator(".finding").nth(9).getAttribute("id");
    await page.close();
    const linked = await open(browser, "orders.html", {}, "#" + id);
    check((await linked.locator(".finding").nth(9).getAttribute("open")) !== null, "a link opens its finding");
    await linked.close();
}

async function hostile(browser) {
    const page = await open(browser, "hostile.html");
    check((await page.locator("img, iframe, b.x, script").count()) === 1, "only our script");
    const text = await page.locator("main").innerText();
    for (const name of ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "\"'&lt;", "\\u202ertl", "<b>\"'&"])
        check(text.includes(name), "as it is:", name);
    check((await page.locator("[onerror]").count()) === 0, "attributes");
    await page.close();
}

async function without_script(browser) {
    const page = await open(browser, "deadlock.html", { javaScriptEnabled: false });
    check((await visible(page, ".finding .entry")).length === 10 && (await visible(page, "#filter")).length === 0, "without script");
    const href = await page.locator(".finding svg .of-lock").first().getAttribute("href");
    check((await page.locator(href.replace("#", "[id='") + "']").count()) === 1, "a lock leads to its line", href);
    await page.close();
}

async function themes(browser) {
    for (const colorScheme of ["light", "dark"]) {
        const page = await open(browser, "deadlock.html", { colorScheme });
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number)[0]);
        check((await ground()) > 128 === (colorScheme === "light"), "ground", colorScheme);
        await page.evaluate(require("fs").readFileSync(axe, "utf8"));
        const found = await page.evaluate(() => axe.run());
        for (const violation of found.violations)
            check(!["serious", "critical"].includes(violation.impact), colorScheme, violation.id, violation.help,
                violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)));
        await page.click("#theme");
        check((await ground()) > 128 !== (colorScheme === "light"), "the switch", colorScheme);
        await page.close();
    }
    const narrow = await open(browser, "deadlock.html", { viewport: { width: 360, height: 640 } });
    check((await narrow.evaluate(() => document.documentElement.scrollWidth)) <= 360, "360 pixels are wide enough");
    await narrow.close();
}

// To be usable within 2 s. The time of the page's own thread is said; what must not grow is what it is made of.
async function many(browser) {
    const context = await browser.newContext(), page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto("file://" + path.join(folder, "many.html"));
    await page.fill("[name=locks]", "lock-777-");
    check((await shown(page)) === "1 of 1000 findings", "many", await shown(page));
    await page.locator(".finding:not([hidden]) > summary").click();
    await page.locator(".finding:not([hidden]) svg .of-lock").first().click();
    check((await page.locator(".finding:not([hidden]) .entry:not([hidden])").count()) === 2, "one of many");
    const metrics = (await session.send("Performance.getMetrics")).metrics;
    const value = (name) => metrics.find((m) => m.name === name).value;
    console.log(`1,000 findings: ${value("TaskDuration").toFixed(2)} s`);
    check(value("Nodes") < 350000, "1,000 findings are", value("Nodes"), "nodes");
    await page.close();
}

(async () => {
    const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
    for (const part of [graph, keyboard, filters, hostile, without_script, themes, many])
        await part(browser).catch((error) => check(false, part.name, error.message));
    await browser.close();
    process.exit(bad > 0 ? 1 : 0);
})();
