import { defineConfig } from "vite";

// Relative addresses: the page lies under /graphiql/ here and may lie elsewhere behind a proxy.
export default defineConfig({
  base: "./",
  worker: { format: "es" },
  build: { outDir: "dist", assetsDir: "assets", target: "es2022", chunkSizeWarningLimit: 4000 },
});
