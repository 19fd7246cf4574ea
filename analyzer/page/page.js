"use strict";
(function () {
    const root = document.documentElement;
    const all = (selector, of) => Array.from((of || document).querySelectorAll(selector));
    const findings = all(".finding");
    root.classList.add("script");

    /* The filter. */
    const form = document.getElementById("filter");
    const words = (finding, name) => (finding.dataset[name] || "").split("\n").filter(Boolean);
    const fields = ["locks", "threads", "files"];

    function offer(list, values) {
        for (const value of Array.from(new Set(values)).sort().slice(0, 2000)) {
            const option = document.createElement("option");
            option.value = value;
            if (list.tagName === "SELECT")
                option.textContent = value;
            list.append(option);
        }
    }

    function filter() {
        const severities = all("[name=severity]:checked", form).map((box) => box.value);
        const kind = form.elements.kind.value;
        const sought = fields.map((name) => form.elements[name].value.trim().toLowerCase());
        let shown = 0;
        for (const finding of findings) {
            const stays = severities.includes(finding.dataset.severity) && (!kind || finding.dataset.kind === kind) &&
                fields.every((name, i) => !sought[i] || (finding.dataset[name] || "").toLowerCase().includes(sought[i]));
            finding.hidden = !stays;
            shown += stays;
        }
        const count = findings.length === 1 ? "1 finding" : findings.length + " findings";
        document.getElementById("shown").textContent = shown === findings.length ? count : shown + " of " + count;
    }

    if (form) {
        offer(form.elements.kind, findings.map((finding) => finding.dataset.kind));
        for (const name of fields)
            offer(document.getElementById("all-" + name), findings.flatMap((finding) => words(finding, name)));
        form.hidden = findings.length === 0;
        form.addEventListener("input", filter);
        form.addEventListener("reset", () => setTimeout(filter));
        form.addEventListener("submit", (event) => event.preventDefault());
        filter();
    }

    /* A thread, a lock or a line of a graph is chosen: only its stacks stay. */
    const has = (what, part) => Object.keys(what).every((key) => part.dataset[key] === what[key]);
    const touches = (what, part) => has(what, part) ||
        (what.l !== undefined && (part.dataset.from === what.l || part.dataset.to === what.l));

    function choose(scope, svg, what, title) {
        let count = 0;
        for (const part of all(".entry[data-t], .order", scope)) {
            part.hidden = !touches(what, part);
            count += !part.hidden;
            if (part.tagName === "DETAILS" && !part.hidden && count <= 6)
                part.open = true;
        }
        for (const thread of all(".thread", scope)) {
            thread.hidden = all(".entry", thread).every((entry) => entry.hidden);
            if (thread.tagName === "DETAILS" && !thread.hidden)
                thread.open = true;
        }
        svg.classList.add("choosing");
        for (const part of all("[data-t], [data-l], [data-from]", svg))
            part.classList.toggle("chosen", touches(what, part));
        for (const edge of all(".edge.chosen", svg))
            for (const node of all(".node", svg))
                if (node.dataset.t !== undefined && node.dataset.t === edge.dataset.t ||
                    node.dataset.l !== undefined && [edge.dataset.l, edge.dataset.from, edge.dataset.to].includes(node.dataset.l))
                    node.classList.add("chosen");
        say(scope, (count === 1 ? "1 place: " : count + " places: ") + title);
    }

    function say(scope, text) {
        const line = scope.querySelector(".selection");
        const back = document.createElement("button");
        back.type = "button";
        back.className = "back";
        back.textContent = "Show all";
        line.replaceChildren(text, back);
        line.scrollIntoView({ block: "nearest" });
    }

    function forget(scope) {
        for (const part of all(".entry, .order, .thread", scope))
            part.hidden = false;
        for (const svg of all("svg", scope))
            svg.classList.remove("choosing");
        for (const part of all(".chosen", scope))
            part.classList.remove("chosen");
        scope.querySelector(".selection").replaceChildren();
    }

    const scopeOf = (element) => element.closest(".finding, .overview");

    document.addEventListener("click", (event) => {
        const part = event.target.closest("svg .node, svg .edge");
        if (event.target.closest(".back")) {
            forget(scopeOf(event.target));
        } else if (event.target.closest(".copy")) {
            copy(event.target.closest(".copy"));
        } else if (part) {
            event.preventDefault();
            const scope = scopeOf(part), again = part.classList.contains("only");
            forget(scope);
            for (const other of all(".only", scope))
                other.classList.remove("only");
            if (again)
                return;
            part.classList.add("only");
            choose(scope, part.closest("svg"), Object.assign({}, part.dataset), part.querySelector("title").textContent);
        }
    });

    document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape")
            return;
        for (const svg of all("svg.choosing"))
            forget(scopeOf(svg));
        for (const part of all(".only"))
            part.classList.remove("only");
    });

    /* Copying, unfolding, themes, links, printing. */
    function copy(button) {
        const text = button.previousElementSibling, done = () => { button.textContent = "Copied"; };
        const select = () => { getSelection().selectAllChildren(text); button.textContent = "Selected"; };
        if (navigator.clipboard)
            navigator.clipboard.writeText(text.textContent).then(done, select);
        else
            select();
    }

    const unfold = document.getElementById("unfold");
    unfold.hidden = findings.length < 2;
    unfold.addEventListener("click", () => {
        const open = unfold.textContent === "Open all";
        for (const finding of findings)
            finding.open = open && !finding.hidden;
        unfold.textContent = open ? "Close all" : "Open all";
    });

    const theme = document.getElementById("theme");
    const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const name = () => { theme.textContent = dark() ? "Light theme" : "Dark theme"; };
    theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
    name();

    function follow() {
        const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
        for (let at = target; at; at = at.parentElement) {
            at.hidden = false;
            if (at.tagName === "DETAILS")
                at.open = true;
        }
        if (target)
            target.scrollIntoView();
    }
    addEventListener("hashchange", follow);
    follow();

    addEventListener("beforeprint", () => { for (const part of all("details.finding")) part.open = true; });
})();
