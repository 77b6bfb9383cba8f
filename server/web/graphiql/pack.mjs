// Packs dist/ into an archive: the same bytes for the same files (sorted names, no times, no owners). Beside the page
// lies the hash of what it was built from, so that a test without Node can tell whether it was renewed.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const roots = ["index.html", "package.json", "vite.config.js"];
const sources = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`);

const hash = createHash("sha256");
for (const name of [...roots, ...sources].sort()) {
  hash.update(`${name}\n`);
  hash.update(readFileSync(name));
}
writeFileSync("dist/sources.sha256", `${hash.digest("hex")}\n`);

execFileSync(
  "tar",
  [
    "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar",
    "--use-compress-program=gzip -n -9", "-cf", process.argv[2] ?? "../graphiql.tar.gz", "-C", "dist", ".",
  ],
  { stdio: "inherit" },
);
