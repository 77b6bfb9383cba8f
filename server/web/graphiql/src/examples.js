// The tabs of a first visit, one file each, in the order of their names.

const files = import.meta.glob("./examples/*.graphql", { query: "?raw", import: "default", eager: true });

export const examples = Object.keys(files)
  .sort()
  .map((name) => ({ query: files[name] }));
