// Takes pictures in a real Chromium: node shoot.mjs ADDRESS=FILE.png…, of #shot where a page has one.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.LOOK_MODULES}/`);
const { chromium } = require("playwright-core");

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, deviceScaleFactor: 1.5, colorScheme: "dark", locale: "fr-FR" });
for (const pair of process.argv.slice(2)) {
	const at = pair.lastIndexOf("=");
	await page.goto(pair.slice(0, at), { waitUntil: "load" });
	const shot = page.locator("#shot");
	const what = (await shot.count()) ? shot : page;
	await what.screenshot({ path: pair.slice(at + 1) });
}
await browser.close();
