# docs: for people who change or judge the program.
dist_doc_DATA +=
