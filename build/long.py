import json,sys
for p in sys.argv[1:]:
    for i,c in enumerate(json.load(open(p))['cells']):
        if c['cell_type']=='code':
            n=len(''.join(c['source']).splitlines())
            if n>10: print(p,i,n,''.join(c['source'])[:50].replace("\n"," / "))
