"""Neo4j Browser: a style sheet that colours our labels, and saved queries, both made from what declares them."""
