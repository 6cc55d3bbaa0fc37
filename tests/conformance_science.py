"""Compare what packages of science show in ordinary kernels and in forked ones.

``python -m tests.conformance_science`` installs the packages in an environment of their
own, preloads all of them, and executes for each one a notebook that imports it and
shows something. What the notebook shows must be the same in an ordinary kernel, in a
forked one and in a shell, and so must the settings that an import may change for
others. It ends with 1 if one differs, and says which and how.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance import ROOT, clean_environment, uv

# What is installed, what is preloaded and imported, and what a notebook shows of it.
PACKAGES = {
    "numpy": ("numpy", "numpy.linspace(0, 1, 5), numpy.get_printoptions()"),
    "pandas": (
        "pandas",
        "pandas.DataFrame([range(30)] * 70, columns=[f'c{i}' for i in range(30)])",
    ),
    "pyarrow": ("pyarrow", "pyarrow.array([1, None, 3]).to_string()"),
    "polars": ("polars", "polars.DataFrame({'a': [1, 2]})"),
    "scipy": ("scipy.stats", "scipy.stats.norm.ppf([0.1, 0.5])"),
    "matplotlib": ("matplotlib.pyplot", "matplotlib.pyplot.plot([1, 3, 2]) and None"),
    "matplotlib-inline": (
        "matplotlib_inline.backend_inline",
        "__import__('matplotlib.pyplot').pyplot.plot([1, 3, 2]) and None",
    ),
    "seaborn": ("seaborn", "seaborn.lineplot(x=[1, 2], y=[3, 4]) and None"),
    "statsmodels": (
        "statsmodels.api",
        "statsmodels.api.OLS([1, 2, 4], [[1, 0], [1, 1], [1, 2]]).fit().params",
    ),
    "scikit-learn": (
        "sklearn.linear_model",
        "sklearn.linear_model.LinearRegression().fit([[0], [1], [2]], [1, 2, 4])",
    ),
    "sympy": (
        "sympy",
        "sympy.init_printing() or sympy.integrate(sympy.Symbol('x') ** 2)",
    ),
    "networkx": ("networkx", "networkx.pagerank(networkx.path_graph(4))"),
    "xarray": (
        "xarray",
        "xarray.DataArray([1, 2], dims='t', name='x').to_dataset()['x'].to_dict()",
    ),
    "dask[dataframe]": ("dask.dataframe", "dask.dataframe.__name__"),
    "distributed": ("distributed", "distributed.__name__"),
    "numba": ("numba", "numba.njit(lambda x: x + 1)(2)"),
    "h5py": ("h5py", "h5py.version.hdf5_version"),
    "netCDF4": ("netCDF4", "netCDF4.__version__"),
    "tables": ("tables", "tables.__version__"),
    "astropy": (
        "astropy.table",
        "astropy.table.Table({'a': [1, 2]}).pformat(html=False)",
    ),
    "scikit-image": (
        "skimage.filters",
        "skimage.filters.gaussian(__import__('numpy').eye(3)).round(3)",
    ),
    "opencv-python-headless": ("cv2", "cv2.getBuildInformation()[:60]"),
    "pillow": ("PIL.Image", "PIL.Image.new('RGB', (4, 4), 'red')"),
    "geopandas": ("geopandas", "geopandas.points_from_xy([0], [1])"),
    "plotly": (
        "plotly.express",
        "plotly.express.line(x=[1, 2], y=[3, 4])",
    ),
    "bokeh": ("bokeh.plotting", "bokeh.plotting.__name__"),
    "altair": ("altair", "altair.Chart().mark_point().to_dict(validate=False)"),
    "holoviews": ("holoviews", "holoviews.Curve([1, 2])"),
    "folium": ("folium", "folium.__name__"),
    "ipywidgets": ("ipywidgets", "ipywidgets.__version__"),
    "tqdm": ("tqdm.auto", "tqdm.auto.tqdm.__name__"),
    "requests": ("requests", "requests.utils.default_headers()['Accept']"),
    "nltk": ("nltk", "nltk.edit_distance('kernel', 'fork')"),
    "lightgbm": ("lightgbm", "lightgbm.__name__"),
    "duckdb": ("duckdb", "duckdb.sql('select 42 as answer')"),
    "sqlalchemy": ("sqlalchemy", "str(sqlalchemy.select(sqlalchemy.literal(1)))"),
    "openpyxl": ("openpyxl", "openpyxl.Workbook().sheetnames"),
    "beautifulsoup4": ("bs4", "bs4.BeautifulSoup('<p>a</p>', 'html.parser')"),
}


def main() -> int:
    """Install, compare, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        environment = Path(folder) / "environment"
        uv("venv", "--quiet", "--python", sys.executable, environment)
        python = environment / "bin" / "python"
        others = ["nbclient", "ipykernel", "psutil", ROOT / "packages/forked-kernels"]
        uv("pip", "install", "--quiet", "--python", python, *PACKAGES, *others)
        compared = subprocess.run(
            [python, Path(__file__).with_name("conformance_notebooks.py")],
            input=repr(PACKAGES),
            env=clean_environment(environment),
            text=True,
            check=False,
        )
    return compared.returncode


if __name__ == "__main__":
    sys.exit(main())
