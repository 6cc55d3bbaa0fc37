import sys; sys.path.insert(0,'.')
from tests.book.chapters.running import run
import ast
path=sys.argv[1]; params=ast.literal_eval(sys.argv[2]) if len(sys.argv)>2 else {}
import time; t=time.time()
c=run(path, params)
print(time.time()-t); print(c.text); print(c.alts); print(len(c.results)); print(len(c.text.split()))
