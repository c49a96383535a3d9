// Looks at pages in a real Chromium: node look.mjs FOLDER NAME=URL…
//
// Each page, by day and by night, at three widths: no violation that axe-core finds, nothing wider
// than the window, no request to anybody else, no script of ours, nothing that moves while loading;
// the same words with scripts off. Pictures go into FOLDER. The last line counts.
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";

const require = createRequire(`${process.env.LOOK_MODULES}/`);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const [folder, ...pages] = process.argv.slice(2);
const widths = { phone: 390, tablet: 820, desktop: 1280 };
let passed = 0;
const faults = [];

function expect(holds, what) {
	if (holds) passed++;
	else faults.push(what);
}

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});

async function look(name, url, colorScheme, size) {
	const at = `${name}, ${size}, ${colorScheme}`;
	// Axe is put into the page, which the page's own policy forbids to everybody else.
	const context = await browser.newContext({
		colorScheme, viewport: { width: widths[size], height: 900 }, bypassCSP: true, locale: "fr-FR",
	});
	const page = await context.newPage();
	const foreign = [], messages = [];
	page.on("request", (request) => {
		if (new URL(request.url()).origin !== new URL(url).origin) foreign.push(request.url());
	});
	page.on("console", (message) => messages.push(message.text()));
	await page.goto(url, { waitUntil: "load" });
	const shift = await page.evaluate(() => new Promise((done) => {
		let sum = 0;
		new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
			.observe({ type: "layout-shift", buffered: true });
		requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
	}));
	expect(shift < 0.01, `${at}: what is shown moves by ${shift}`);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	expect(wide <= 0, `${at}: ${wide} pixels too wide`);
	expect((await page.locator("script").count()) === 0, `${at}: there is a script`);
	const small = await page.evaluate(() => [...document.querySelectorAll(".tab, .pager a, input, button, summary")]
		.filter((e) => e.type !== "hidden" && e.getBoundingClientRect().height < 44)
		.map((e) => e.outerHTML.slice(0, 80)));
	expect(small.length === 0, `${at}: too small for a finger: ${small.join(" ")}`);
	await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
	await page.addScriptTag({ path: axe });
	const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
	for (const found of violations)
		faults.push(`${at}: axe: ${found.id}: ${found.help}: ${found.nodes[0].html.slice(0, 160)} ${found.nodes[0].failureSummary.slice(0, 200)}`);
	expect(violations.length === 0, `${at}: ${violations.length} violations`);
	expect(foreign.length === 0, `${at}: asked somebody else: ${foreign.join(" ")}`);
	expect(messages.length === 0, `${at}: the browser complains: ${messages.join(" ")}`);
	await context.close();
}

async function words(url, javaScriptEnabled) {
	const context = await browser.newContext({ javaScriptEnabled, locale: "fr-FR" });
	const page = await context.newPage();
	await page.goto(url);
	const text = await page.locator("body").innerText();
	await context.close();
	return text;
}

// By keyboard alone: the first stop skips to the members, and each stop can be seen.
async function keyboard(name, url) {
	const context = await browser.newContext({ locale: "fr-FR" });
	const page = await context.newPage();
	await page.goto(url);
	for (let i = 0; i < 8; i++) {
		await page.keyboard.press("Tab");
		const seen = await page.evaluate(() => {
			const box = document.activeElement.getBoundingClientRect();
			return getComputedStyle(document.activeElement).outlineStyle !== "none" && box.width > 1;
		});
		expect(seen, `${name}: stop ${i + 1} of the keyboard cannot be seen`);
	}
	await context.close();
}

for (const entry of pages) {
	const name = entry.slice(0, entry.indexOf("=")), url = entry.slice(entry.indexOf("=") + 1);
	for (const scheme of ["dark", "light"])
		for (const size of Object.keys(widths)) await look(name, url, scheme, size);
	expect((await words(url, false)) === (await words(url, true)), `${name}: other words without scripts`);
	if (name === "leaderboard") await keyboard(name, url);
}
await browser.close();
for (const fault of faults) console.log(fault);
console.log(`${passed} passed, ${faults.length} failed`);
process.exit(faults.length ? 1 : 0);
